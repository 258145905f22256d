#include "fuzz/shrinker.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "fuzz/edit.h"

namespace assay {

namespace {

class Shrinker {
  static constexpr std::uint32_t kRetargets = 16;
  static constexpr std::uint32_t kCuts = 16;   ///< shortest piece that is cut out of an arena,
  static constexpr std::uint32_t kSmall = 64;  ///< unless it has only so many frames

 public:
  Shrinker(const Sequence& sequence, const std::function<bool(const Sequence&)>& fails,
           std::uint32_t max_trials)
      : best_(sequence), fails_(fails), left_(max_trials) {}

  Shrunk run() {
    const std::uint32_t allowed = left_;
    start_in_a_small_arena();
    bool better = true;
    while (better && left_ > 0) {
      better = drop_operations();
      better |= merge_allocations();
      better |= simplify_arena();
      better |= simplify_operations();
    }
    return {std::move(best_), allowed - left_};
  }

 private:
  /// Keeps `candidate` if it still fails.
  bool keep_if_failing(Sequence candidate) {
    if (left_ == 0 || candidate == best_ || candidate.arena.problem() != nullptr) return false;
    --left_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  /// The smallest arena of a power of two in which the whole sequence still fails: then what fills
  /// a large arena need not be dropped piece by piece, and every later trial costs less.
  void start_in_a_small_arena() {
    const Sequence whole = best_;
    const std::uint64_t frames = whole.arena.frames.value();
    for (std::uint64_t fewer = 1; fewer < frames; fewer *= 2) {
      const FrameCount kept{static_cast<std::uint32_t>(fewer)};
      if (keep_if_failing(without_frames(whole, kept, whole.arena.frames - kept))) return;
      if (keep_if_failing(scaled(whole, kept))) return;
    }
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

  /// Makes one block of neighbours in order of allocation: of all, then of ever fewer.
  bool merge_allocations() {
    bool better = false;
    std::uint32_t piece = names_in(best_);
    while (piece > 1) {
      std::uint32_t end = names_in(best_);
      while (end >= piece) {
        better |= merge(end - piece, piece);
        end = std::min(end - piece / 2, names_in(best_));
      }
      piece = std::min(piece / 2 + piece % 2, piece - 1);
    }
    return better;
  }

  bool merge(std::uint32_t first, std::uint32_t count) {
    return keep_if_failing(merged(best_, first, count, KeptFree::last)) ||
           keep_if_failing(merged(best_, first, count, KeptFree::first));
  }

  bool simplify_arena() {
    bool better = cut_frames();
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
    better |= lower_base();
    better |= lower(best_.arena.frames.value(), 1, [this](std::uint32_t frames) {
      return try_arena([frames](Arena& arena) { arena.frames = FrameCount{frames}; });
    });
    return better;
  }

  /// Cuts pieces out of the arena, halves first; what lies behind them moves up.
  bool cut_frames() {
    bool better = false;
    const std::uint32_t frames = best_.arena.frames.value();
    const std::uint32_t shortest = frames <= kSmall ? 1 : frames / kCuts;
    // Powers of two: what hangs on where a frame lies in a word or in a pair stays as it is.
    for (std::uint32_t piece = std::bit_floor(frames); piece >= shortest; piece /= 2) {
      std::uint32_t end = best_.arena.frames.value();
      while (end >= piece) {
        end -= piece;
        better |= keep_if_failing(without_frames(best_, FrameCount{end}, FrameCount{piece}));
        end = std::min(end, best_.arena.frames.value());
      }
    }
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

  /// To 0; to 1 for those who do not take frame 0.
  bool lower_base() {
    for (const Pfn base : {Pfn{0}, Pfn{1}}) {
      if (best_.arena.base <= base) return false;
      if (try_arena([base](Arena& arena) { move_to(arena, base); })) return true;
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
      better |= lower_absolute(i);
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
      return keep_if_failing(std::move(candidate));
    });
  }

  /// The frame of a free that names no block: the first, the one behind the last, or any lower.
  bool lower_absolute(std::size_t index) {
    if (best_.operations[index].kind != OperationKind::free_at) return false;
    const auto try_frame = [&](Pfn pfn) {
      return try_operation(index, [pfn](Operation& o) { o.pfn = pfn; });
    };
    const Run arena = best_.arena.run();
    const Pfn pfn = best_.operations[index].pfn;
    if (!arena.contains(pfn)) return pfn != arena.end() && try_frame(arena.end());
    return lower((pfn - arena.first).value(), 0,
                 [&](std::uint32_t offset) { return try_frame(arena.first + FrameCount{offset}); });
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
