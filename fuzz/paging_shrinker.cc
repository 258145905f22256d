#include "fuzz/paging_shrinker.h"

#include <algorithm>

#include "oracle/host/paging_run.h"

namespace assay {

namespace {

/// The byte that says who pages, and the arena.
constexpr std::size_t kHeadBytes = 1 + kPagingArenaBytes;

constexpr std::size_t kFewOperations = 32;

class PagingShrinker {
 public:
  PagingShrinker(PagingInput input, const std::function<bool(const PagingInput&)>& fails,
                 std::uint32_t max_trials)
      : best_(std::move(input)), fails_(fails), left_(max_trials) {}

  PagingInput run() && {
    bool better = true;
    while (better) {
      better = false;
      while (drop_operations()) better = true;
      better |= lower_bytes();
      better = better || drop_pairs();
    }
    return std::move(best_);
  }

 private:
  bool keep_if_failing(PagingInput candidate) {
    if (candidate == best_ || left_ == 0) return false;
    --left_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  [[nodiscard]] std::size_t operations() const {
    if (best_.size() <= kHeadBytes) return 0;
    return (best_.size() - kHeadBytes + kPagingOperationBytes - 1) / kPagingOperationBytes;
  }

  /// From the end, so that dropping one piece does not move those still to be tried.
  bool drop_operations() {
    bool better = false;
    for (std::size_t piece = operations(); piece > 0; piece /= 2) {
      for (std::size_t end = operations(); end > 0;) {
        const std::size_t first = end > piece ? end - piece : 0;
        better |= keep_if_failing(without_operations(best_, first, end));
        end = std::min(first, operations());
      }
    }
    return better;
  }

  /// Two that need each other, such as a page and what evicts it.
  bool drop_pairs() {
    if (operations() > kFewOperations) return false;
    for (std::size_t later = operations(); later-- > 0;) {
      for (std::size_t first = later; first-- > 0;) {
        PagingInput candidate = without_operations(best_, later, later + 1);
        candidate = without_operations(candidate, first, first + 1);
        if (keep_if_failing(std::move(candidate))) return true;
      }
    }
    return false;
  }

  [[nodiscard]] static PagingInput without_operations(PagingInput input, std::size_t first,
                                                      std::size_t end) {
    const auto place = [&input](std::size_t operation) {
      const std::size_t offset = kHeadBytes + operation * kPagingOperationBytes;
      return input.begin() + static_cast<std::ptrdiff_t>(std::min(offset, input.size()));
    };
    input.erase(place(first), place(end));
    return input;
  }

  /// Each byte but the first, which says who is on trial: 0, or halves of the way there.
  bool lower_bytes() {
    bool better = false;
    for (std::size_t i = 1; i < best_.size(); ++i) {
      for (unsigned step = best_[i]; step > 0; step /= 2) {
        while (step <= best_[i] && lower(i, step)) better = true;
      }
    }
    return better;
  }

  bool lower(std::size_t index, unsigned step) {
    PagingInput candidate = best_;
    candidate[index] = static_cast<std::uint8_t>(candidate[index] - step);
    return keep_if_failing(std::move(candidate));
  }

  PagingInput best_;
  const std::function<bool(const PagingInput&)>& fails_;
  std::uint32_t left_;
};

}  // namespace

Judgement judge_paging_input(std::span<const std::uint8_t> input, unsigned seconds) {
  const PagedDesign* const design = input.empty() ? nullptr : paged_design_at(input[0]);
  if (design == nullptr) return {};
  const auto trial = [&]() -> Judgement {
    PagingHost host;
    PagingOutcomes outcomes{};
    const PagingVerdict verdict = design->run(host, input.subspan(1), outcomes);
    if (verdict.passed()) return {};
    return {.key = key_of(design->name, verdict), .text = verdict.text.c_str()};
  };
  return judge_isolated(kPagingName, std::function<Judgement()>(trial), seconds);
}

PagingInput shrink_paging_input(PagingInput input,
                                const std::function<bool(const PagingInput&)>& fails,
                                std::uint32_t max_trials) {
  return PagingShrinker(std::move(input), fails, max_trials).run();
}

}  // namespace assay
