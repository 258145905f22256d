/// Time, as the first channel of the PIT has it: 100 ticks a second. Under QEMU's `-icount` a
/// second is a number of instructions, so that ticks fall at the same ones in every run.
#pragma once

#include <cstdint>

namespace assay::kernel {

inline constexpr std::uint32_t kTicksPerSecond = 100;

/// Ticks since start_timer. One that falls due while interrupts are off is counted behind that,
/// and several count as one.
[[nodiscard]] std::uint32_t ticks();

/// How often the PIT begins a tick anew, found by reading its counter again and again. It needs no
/// interrupt, but must be asked more than once in a tick.
class TickWatch {
 public:
  TickWatch();
  /// Returns: the ticks that have begun since it was made.
  [[nodiscard]] std::uint32_t begun();

 private:
  std::uint32_t counter_;
  std::uint32_t begun_ = 0;
};

/// For machine/interrupts.cc.
void start_timer();
void count_tick();

}  // namespace assay::kernel
