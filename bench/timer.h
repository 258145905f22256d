/// The clock that times single calls: the CPU's time stamp counter where it runs evenly, else
/// std::chrono::steady_clock.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace assay {

/// Ticks in front of a call and behind it. Fences keep the call between them: what came before has
/// ended, and nothing of what follows has begun.
class MachineTimer {
 public:
  [[nodiscard]] static std::uint64_t begin() {
#if defined(__x86_64__)
    if (uses_tsc) {
      _mm_lfence();
      const std::uint64_t ticks = __rdtsc();
      _mm_lfence();
      return ticks;
    }
#endif
    return steady_nanoseconds();
  }

  [[nodiscard]] static std::uint64_t end() {
#if defined(__x86_64__)
    if (uses_tsc) {
      unsigned cpu = 0;
      const std::uint64_t ticks = __rdtscp(&cpu);
      _mm_lfence();
      return ticks;
    }
#endif
    return steady_nanoseconds();
  }

  /// How often this thread has been taken off its CPU or has left it. Costs a system call.
  [[nodiscard]] static std::uint64_t switches();

  [[nodiscard]] static const char* name() { return uses_tsc ? "tsc" : "steady_clock"; }

 private:
  [[nodiscard]] static bool has_even_tsc();

  [[nodiscard]] static std::uint64_t steady_nanoseconds() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  }

  inline static const bool uses_tsc = has_even_tsc();
};

/// Learns how long a tick of MachineTimer is, against steady_clock, between its making and the
/// question: the longer, the better; at least 50 ms are waited for.
class TickLength {
 public:
  TickLength();
  [[nodiscard]] double nanoseconds() const;

 private:
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t begin_ticks_;
};

/// What timing itself costs, in ticks.
struct TimerCost {
  std::uint64_t floor = 0;       ///< a timed call of a function that does nothing: the median
  std::uint64_t resolution = 0;  ///< the least difference between two such times
};
[[nodiscard]] TimerCost measure_timer();

}  // namespace assay
