/// The task that the kernel and its programs are, and one of the double fault's own, with a stack
/// that works when the kernel's does not. Each CPU has a table of segments, which also says which
/// CPU it is.
#pragma once

#include <cstdint>

namespace assay::kernel {

/// CPUs that the kernel runs on at most.
inline constexpr std::uint32_t kMostCpus = 4;

/// Gives this CPU what it needs for both: number `cpu`, a table of segments of that number and two
/// task states. Its stack ends above the page at `stack_guard`.
void load_task(std::uint32_t cpu, std::uint32_t stack_guard);
/// The same for the boot CPU, number 0. Returns: the selector of the task that must handle a double
/// fault, for a task gate; it is the same on all CPUs.
[[nodiscard]] std::uint16_t load_boot_task();

/// The number of the CPU that asks. Requires: load_task was called on it.
[[nodiscard]] std::uint32_t this_cpu();

/// Where this CPU finds the kernel's stack when it comes from ring 3.
[[nodiscard]] std::uint32_t* stack_from_user();

}  // namespace assay::kernel
