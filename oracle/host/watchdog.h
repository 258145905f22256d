/// Ends calls of an allocator that do not return.
///
/// Two limits, whichever comes first: a budget of steps, counted where the allocator's code was
/// compiled with -fsanitize-coverage=trace-pc (a step is a basic block), and a clock of CPU time. A
/// call that sleeps uses neither; a limit on the whole process must end that.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "impls/frame.h"
#include "oracle/check.h"

namespace assay {

/// Steps that one call may take over an arena: 64 for each frame, but 4096 where that is more,
/// since a call has costs that do not shrink with the arena.
[[nodiscard]] constexpr std::uint64_t step_budget(FrameCount frames) {
  constexpr std::uint64_t kLeast = 4096;
  const std::uint64_t budget = std::uint64_t{64} * frames.value();
  return budget < kLeast ? kLeast : budget;
}

/// CPU seconds that one call may take at least; it is stopped a fraction later.
inline constexpr unsigned kCallSeconds = 2;

/// Another limit, for who makes many trials of calls that hang and takes a slow one for a hang
/// meanwhile. The words of a verdict stay those of `kCallSeconds`.
void set_call_limit(std::chrono::milliseconds limit);

/// The guard of a trial that runs under `run_watched`: says when a call is under way.
class WatchGuard {
 public:
  static constexpr bool kPoisons = false;  ///< frames that may not be touched
  static constexpr bool judges(Check /*check*/) { return true; }
  void entering(FrameCount frames);
  void returned();
  void handed_out(Run /*run*/) {}
  void about_to_free(Run /*run*/) {}
};

/// Counts a step. The compiler calls it, by the name __sanitizer_cov_trace_pc, in every basic block
/// of code that is compiled with -fsanitize-coverage=trace-pc. libFuzzer brings a function of that
/// name, so the linker is told to take this one in its place (--wrap, oracle/CMakeLists.txt).
void count_step() __asm__("__wrap___sanitizer_cov_trace_pc");

/// Runs `body`. Returns: nullptr if it came to its end; else which limit a call inside of it broke,
/// in words. The call was left where it was: what it was changing may be in any state. The frames
/// of functions between here and the call are dropped, so they may own nothing that needs a
/// destructor. Not for several threads. Cost: below a microsecond.
[[nodiscard]] const char* run_watched(const std::function<void()>& body);

/// Leaves the call that is under way: `run_watched` returns `why`. Returns if none is.
void leave_call(const char* why);

}  // namespace assay
