/// Instructions that this thread retires in user mode, as the kernel's performance counters have
/// them: a measure of work that no other load on the machine changes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace assay {

/// A clock for run_pass: a nanosecond of it is an instruction. Reading it costs some itself, about
/// twenty, once for each piece that is timed.
struct InstructionClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<InstructionClock>;
  static constexpr bool is_steady = true;

  /// Stands still where the machine counts none.
  static time_point now();
  /// Why the machine counts none, in one line, or empty if it does.
  static const std::string& why_not();
};

}  // namespace assay
