/// A workload made ready for timing: nothing is left to decode, or to look up but blocks' frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "bench/workloads.h"
#include "impls/frame.h"

namespace assay {

/// One operation: allocate `count` frames and keep the first one's number in `slot`, or, if count
/// is 0, free what is kept there.
struct Step {
  std::uint32_t slot;
  std::uint32_t count;
};

/// Measured steps, up to but without `end`, that are timed as one piece or not at all.
struct Stretch {
  std::size_t end;
  bool is_timed;
};

struct Plan {
  std::vector<Step> set_up;
  std::vector<Step> measured;
  std::vector<Stretch> stretches;  ///< of the measured steps, in order; all of them in one, mostly
  std::uint32_t slots = 0;  ///< reused, so that the caller's own memory stays as small as it can be
  bool single_frames = true;   ///< no allocation takes more than one
  bool is_repeatable = false;  ///< as the workload's
};

/// Slots are numbered in the order in which the measured steps first use them, so that the caller's
/// own memory is read one slot after the other where it can be: what is timed is the design.
/// Returns: an error if there are operations that cannot be timed: misuse, growth, alignment.
[[nodiscard]] std::expected<Plan, std::string> make_plan(const Workload& workload);

/// What the operations came to. Served = a caller got what it asked for.
struct Tally {
  std::uint32_t allocated = 0;
  std::uint32_t failed = 0;  ///< allocations that gave none; their frees are left out
  std::uint32_t freed = 0;

  [[nodiscard]] std::uint32_t served() const { return allocated + freed; }
  [[nodiscard]] std::uint32_t requests() const { return allocated + failed; }
  Tally operator+(const Tally& other) const {
    return {allocated + other.allocated, failed + other.failed, freed + other.freed};
  }
  Tally operator*(std::uint32_t times) const {
    return {allocated * times, failed * times, freed * times};
  }
  Tally& operator+=(const Tally& other) { return *this = *this + other; }
  bool operator==(const Tally&) const = default;
};

/// Performs steps. This loop is what is timed; it is the same for every design. A slot holds what
/// `allocate` returns and `free` wants back.
template <class Design, class Slot>
[[nodiscard]] Tally replay(Design& design, std::span<const Step> steps, std::span<Slot> slots) {
  Tally tally;
  for (const Step& step : steps) {
    Slot& kept = slots[step.slot];
    if (step.count != 0) {
      kept = design.allocate(FrameCount{step.count}, FrameCount{1});
      ++(kept.is_none() ? tally.failed : tally.allocated);
    } else if (!kept.is_none()) {
      tally.freed += design.free(kept).has_value() ? 1 : 0;
    }
  }
  return tally;
}

}  // namespace assay
