#include "fuzz/finding.h"

#include <chrono>
#include <regex>
#include <utility>

#include "oracle/host/fit.h"
#include "oracle/host/watchdog.h"

namespace assay {

namespace {

constexpr std::chrono::milliseconds kFullLimit = std::chrono::seconds(kCallSeconds);
constexpr std::chrono::milliseconds kShortLimit{16};
constexpr std::uint32_t kTrialsForCall = 500;

/// Judges sequences of one design in processes of their own.
class Judge {
 public:
  Judge(const DesignEntry& design, unsigned seconds) : design_(design), seconds_(seconds) {}

  /// An arena that the design does not take breaks nothing.
  Judgement operator()(const Sequence& sequence) {
    if (!misfit_of(sequence.arena, design_.contract()).empty()) return {};
    return judge_isolated(
        design_.name, [&] { return design_.run(memory_, sequence).verdict; }, seconds_);
  }
  void look_at(ContentDepth depth) { memory_.set_depth({.content = depth}); }

 private:
  const DesignEntry& design_;
  unsigned seconds_;
  HostMemory memory_;
};

/// The key without the name of the call, if what was found may show behind any call.
std::string without_call(const std::string& key) {
  static const std::regex form("(.*-C7-)[a-z]+-(invalid|largest_free_run|block_at)");
  return std::regex_replace(key, form, "$1$2");
}

/// Under a limit on calls. Returns: nullopt if the sequence or what it shrank to passes otherwise.
std::optional<ShrunkFinding> shrink_within(std::chrono::milliseconds limit, Judge& judge,
                                           const Sequence& sequence) {
  set_call_limit(limit);
  const std::string found = judge(sequence).key;
  const bool any_call = without_call(found) != found;
  Shrunk shrunk{.sequence = sequence};
  if (!found.empty()) {
    shrunk = shrink(
        sequence, [&](const Sequence& shorter) { return judge(shorter).key == found; },
        any_call ? kTrialsForCall : kMaxTrials);
  }
  if (any_call && shrunk.sequence.operations.size() > kReadable) {
    const std::uint32_t trials = shrunk.trials;
    shrunk = shrink(sequence, [&](const Sequence& shorter) {
      return without_call(judge(shorter).key) == without_call(found);
    });
    shrunk.trials += trials;
  }
  set_call_limit(kFullLimit);
  if (found.empty()) return std::nullopt;
  Judgement judgement = judge(shrunk.sequence);
  if (without_call(judgement.key) != without_call(found)) return std::nullopt;
  return ShrunkFinding{std::move(shrunk), std::move(judgement), found};
}

}  // namespace

std::optional<ShrunkFinding> shrink_finding(const DesignEntry& design, const Sequence& sequence,
                                            unsigned seconds) {
  Judge judge(design, seconds);
  for (const ContentDepth depth : {ContentDepth::edges, ContentDepth::whole}) {
    if (depth == ContentDepth::whole && sequence.arena.frames > kMaxWholeFrames) break;
    judge.look_at(depth);
    // What hangs costs each trial the whole limit, so a short one comes first.
    for (const std::chrono::milliseconds limit : {kShortLimit, kFullLimit}) {
      auto finding = shrink_within(limit, judge, sequence);
      if (finding) return finding;
    }
  }
  return std::nullopt;
}

std::optional<NarrowFinding> shrink_words(std::span<const Variant> variants,
                                          const Sequence& sequence, const ShrunkFinding& wide,
                                          unsigned seconds) {
  for (const Variant& variant : variants) {
    if (variant.word_bits == 0) continue;
    const DesignEntry design{variant.name, variant.design};
    // The whole sequence does more, so that it may break where the shortest fits into a word.
    for (const Sequence* from : {&wide.shrunk.sequence, &sequence}) {
      auto narrow = shrink_finding(design, *from, seconds);
      if (!narrow || narrow->judgement.key != wide.judgement.key) continue;
      if (narrow->shrunk.sequence.arena.frames >= wide.shrunk.sequence.arena.frames) continue;
      return NarrowFinding{variant.word_bits, std::move(narrow->shrunk)};
    }
  }
  return std::nullopt;
}

}  // namespace assay
