/// For tests: how many steps a call takes, however fast the machine is.
///
/// A step is a basic block of a design's code. Only the fuzz build has the designs call out at each
/// of them (impls/CMakeLists.txt), so only there tests can count; `kStepsAreCounted` says whether.
/// Included by one file of a program: it defines the function that is called.
#pragma once

#include <cstdint>

#ifdef ASSAY_STEPS_ARE_COUNTED
inline constexpr bool kStepsAreCounted = true;
#else
inline constexpr bool kStepsAreCounted = false;
#endif

namespace assay {

inline std::uint64_t steps_so_far = 0;

void count_step() __asm__("__sanitizer_cov_trace_pc");
void count_step() { ++steps_so_far; }

/// The steps that `call()` takes.
template <class Call>
[[nodiscard]] std::uint64_t steps_of(Call call) {
  const std::uint64_t before = steps_so_far;
  call();
  return steps_so_far - before;
}

}  // namespace assay
