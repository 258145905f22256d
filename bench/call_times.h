/// The loop that times every call alone. As replay (bench/plan.h), it is the same for every design.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/plan.h"

namespace assay {

/// What was called, and whether it was served.
enum class Call : std::uint8_t { allocate_one, allocate_run, allocate_failed, free };
inline constexpr std::size_t kCalls = 4;

[[nodiscard]] constexpr const char* name_of(Call call) {
  constexpr std::array<const char*, kCalls> kNames{"allocate_one", "allocate_run",
                                                   "allocate_failed", "free"};
  return kNames[static_cast<std::size_t>(call)];
}

struct TimedCall {
  std::uint64_t ticks : 60;
  std::uint64_t call : 2;          ///< a Call
  std::uint64_t is_call : 1;       ///< 0: a free of what a failed request did not give
  std::uint64_t is_disturbed : 1;  ///< a context switch may have fallen into it
};

/// So many of the slowest calls of each kind are kept.
inline constexpr std::size_t kWorstCalls = 16;

/// Tells which of the slow calls were interrupted. To ask the system after each call would disturb
/// all of them; it is asked behind a call that is among the slowest of its kind so far, and behind
/// a pause between two calls in which a switch may have been.
template <class Timer>
class SwitchWatch {
 public:
  /// Call behind each call, in turn.
  [[nodiscard]] bool is_disturbed(Call call, std::uint64_t begin, std::uint64_t end) {
    const bool had_pause = begin - last_end_ > kPauseTicks;
    const bool is_slow = end - begin > least_slow_[static_cast<std::size_t>(call)];
    bool disturbed = false;
    if (had_pause || is_slow) {
      const std::uint64_t now = Timer::switches();
      disturbed = now != switches_;
      switches_ = now;
      if (is_slow) note_slow(call, end - begin);
      last_end_ = Timer::end();
    } else {
      last_end_ = end;
    }
    return disturbed;
  }

 private:
  /// No pause of the loop itself is as long, and no context switch as short.
  static constexpr std::uint64_t kPauseTicks = 2'000;

  void note_slow(Call call, std::uint64_t ticks) {
    auto& slowest = slowest_[static_cast<std::size_t>(call)];
    *std::ranges::min_element(slowest) = ticks;
    least_slow_[static_cast<std::size_t>(call)] = std::ranges::min(slowest);
  }

  std::array<std::array<std::uint64_t, kWorstCalls>, kCalls> slowest_{};
  std::array<std::uint64_t, kCalls> least_slow_{};  ///< of these
  std::uint64_t switches_ = Timer::switches();
  std::uint64_t last_end_ = Timer::end();
};

/// Performs steps, one entry of `times` for each.
template <class Timer, class Design, class Slot>
[[nodiscard]] Tally time_calls(Design& design, std::span<const Step> steps, std::span<Slot> slots,
                               SwitchWatch<Timer>& watch, std::span<TimedCall> times) {
  Tally tally;
  const auto note = [&](std::size_t i, Call call, std::uint64_t begin, std::uint64_t end) {
    times[i] = {.ticks = end - begin,
                .call = static_cast<std::uint64_t>(call),
                .is_call = 1,
                .is_disturbed = watch.is_disturbed(call, begin, end) ? 1U : 0U};
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Slot& kept = slots[steps[i].slot];
    const FrameCount count{steps[i].count};
    if (count != FrameCount{0}) {
      const std::uint64_t begin = Timer::begin();
      kept = design.allocate(count, FrameCount{1});
      const std::uint64_t end = Timer::end();
      ++(kept.is_none() ? tally.failed : tally.allocated);
      const Call served = count == FrameCount{1} ? Call::allocate_one : Call::allocate_run;
      note(i, kept.is_none() ? Call::allocate_failed : served, begin, end);
    } else if (!kept.is_none()) {
      const std::uint64_t begin = Timer::begin();
      const bool is_freed = design.free(kept).has_value();
      const std::uint64_t end = Timer::end();
      tally.freed += is_freed ? 1 : 0;
      note(i, Call::free, begin, end);
    } else {
      times[i] = {};
    }
  }
  return tally;
}

}  // namespace assay
