#include "fuzz/shrinker.h"

#include <algorithm>
#include <utility>

#include "fuzz/edit.h"

namespace assay {

namespace {

class Shrinker {
  static constexpr std::uint32_t kRetargets = 16;

 public:
  Shrinker(const Sequence& sequence, const std::function<bool(const Sequence&)>& fails,
           std::uint32_t max_trials)
      : best_(sequence), fails_(fails), left_(max_trials) {}

  Shrunk run() {
    const std::uint32_t allowed = left_;
    bool better = true;
    while (better && left_ > 0) {
      better = drop_operations();
      better |= simplify_arena();
      better |= simplify_operations();
    }
    return {std::move(best_), allowed - left_};
  }

 private:
  /// Keeps `candidate` if it still fails.
  bool keep_if_failing(Sequence candidate) {
    if (left_ == 0 || candidate == best_) return false;
    --left_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool drop_operations() {
    bool better = false;
    for (std::size_t piece = best_.operations.size(); piece > 0; piece /= 2) {
      // From the end, so that dropping one piece does not move those still to be tried.
      std::size_t position = best_.operations.size();
      while (position > 0) {
        const std::size_t first = position > piece ? position - piece : 0;
        better |= keep_if_failing(without(best_, first, position - first));
        position = std::min(first, best_.operations.size());
      }
    }
    return better;
  }

  bool simplify_arena() {
    bool better = false;
    better |= try_arena([](Arena& arena) {
      arena.ram = RamContent::zero;
      arena.seed = 0;
    });
    for (std::uint32_t i = best_.arena.hole_count; i > 0; --i) {
      better |= try_arena([i](Arena& arena) {
        std::copy(arena.holes.begin() + i, arena.holes.begin() + arena.hole_count,
                  arena.holes.begin() + i - 1);
        --arena.hole_count;
      });
    }
    better |= keep_one_usable_run();
    better |= try_arena([](Arena& arena) { move_to(arena, Pfn{0}); });
    better |= lower(best_.arena.frames.value(), 1, [this](std::uint32_t frames) {
      return try_arena([frames](Arena& arena) { arena.frames = FrameCount{frames}; });
    });
    return better;
  }

  /// Tries an arena that is just one of the runs between the holes.
  bool keep_one_usable_run() {
    if (best_.arena.hole_count == 0) return false;
    const UsableRuns usable(best_.arena);
    for (const Run& run : usable.runs()) {
      const bool kept = try_arena([run](Arena& arena) {
        arena.frames = run.count;
        arena.hole_count = 0;
      });
      if (kept) return true;
    }
    return false;
  }

  static void move_to(Arena& arena, Pfn base) {
    for (std::uint32_t i = 0; i < arena.hole_count; ++i) {
      arena.holes[i].first = base + (arena.holes[i].first - arena.base);
    }
    arena.base = base;
  }

  template <class Change>
  bool try_arena(Change change) {
    Sequence candidate = best_;
    Arena arena = candidate.arena;
    change(arena);
    if (arena.problem() != nullptr) return false;
    rebase(candidate, arena);
    return keep_if_failing(std::move(candidate));
  }

  bool simplify_operations() {
    bool better = false;
    for (std::size_t i = 0; i < best_.operations.size(); ++i) {
      better |= retarget(i);
      better |= try_operation(i, [](Operation& o) {
        if (o.kind == OperationKind::exhaust) o.kind = OperationKind::alloc;
      });
      better |= try_operation(i, [](Operation& o) { o.alignment = FrameCount{1}; });
      better |= lower(best_.operations[i].count.value(), 1, [&](std::uint32_t value) {
        return try_operation(i, [value](Operation& o) { o.count = FrameCount{value}; });
      });
      better |= lower_with_arena(i);
      better |= lower(best_.operations[i].offset, 1, [&](std::uint32_t value) {
        return try_operation(i, [value](Operation& o) { o.offset = value; });
      });
      better |= lower(best_.operations[i].element, 0, [&](std::uint32_t value) {
        return try_operation(i, [value](Operation& o) { o.element = value; });
      });
    }
    return better;
  }

  /// A stray free (stale, absolute, far behind its block) as `free NAME+1` of the newest block that
  /// will do: what led to the stray frame may then be dropped.
  bool retarget(std::size_t index) {
    const Operation old = best_.operations[index];
    if (!old.refers_to_block() && old.kind != OperationKind::free_at) return false;
    const bool is_inner = old.kind == OperationKind::free_inner && old.offset == 1;
    const std::uint32_t names = names_before(best_, index);
    for (std::uint32_t near = 0; near < std::min(names, kRetargets); ++near) {
      const std::uint32_t block = names - 1 - near;
      if (is_inner && block <= old.block) return false;
      const Operation inner{.kind = OperationKind::free_inner, .block = block, .offset = 1};
      if (try_operation(index, [inner](Operation& o) { o = inner; })) return true;
    }
    return false;
  }

  /// A length and the arena's by the same amount: for faults that need an exact fit.
  bool lower_with_arena(std::size_t index) {
    const std::uint32_t count = best_.operations[index].count.value();
    const std::uint32_t frames = best_.arena.frames.value();
    if (!best_.operations[index].names_block() || count > frames) return false;
    return lower(count, 1, [&](std::uint32_t value) {
      Sequence candidate = best_;
      candidate.operations[index].count = FrameCount{value};
      candidate.arena.frames = FrameCount{frames - (count - value)};
      return candidate.arena.problem() == nullptr && keep_if_failing(std::move(candidate));
    });
  }

  template <class Change>
  bool try_operation(std::size_t index, Change change) {
    Sequence candidate = best_;
    change(candidate.operations[index]);
    return keep_if_failing(std::move(candidate));
  }

  /// Tries the lowest value, then halves the way to it from above, until nothing lower will do.
  template <class Try>
  static bool lower(std::uint32_t value, std::uint32_t lowest, Try try_value) {
    bool better = false;
    std::uint32_t step = value > lowest ? value - lowest : 0;
    while (step > 0) {
      if (try_value(value - step)) {
        value -= step;
        better = true;
        step = std::min(step, value - lowest);
      } else {
        step /= 2;
      }
    }
    return better;
  }

  Sequence best_;
  const std::function<bool(const Sequence&)>& fails_;
  std::uint32_t left_;
};

}  // namespace

Shrunk shrink(const Sequence& sequence, const std::function<bool(const Sequence&)>& fails,
              std::uint32_t max_trials) {
  return Shrinker(sequence, fails, max_trials).run();
}

}  // namespace assay
