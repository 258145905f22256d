/// The task that the kernel and its programs are, and one of the double fault's own, with a stack
/// that works when the kernel's does not. Each CPU has a table of segments, which also says which
/// CPU it is.
#pragma once

#include <cstdint>

namespace assay::kernel {

/// Makes what the CPU needs for both: a table of segments with two task states. Returns: the
/// selector of the task that must handle the double fault, for a task gate.
[[nodiscard]] std::uint16_t prepare_double_fault_task();

/// CPUs that the kernel runs on at most.
inline constexpr std::uint32_t kMostCpus = 4;

/// Gives this CPU number `cpu`, with segments of that number; its stack ends above the page at
/// `stack_guard`. Requires: prepare_double_fault_task was called; the boot CPU is number 0.
void load_task(std::uint32_t cpu, std::uint32_t stack_guard);

/// The number of the CPU that asks. Requires: load_task was called on it.
[[nodiscard]] std::uint32_t this_cpu();

/// Where this CPU finds the kernel's stack when it comes from ring 3.
[[nodiscard]] std::uint32_t* stack_from_user();

}  // namespace assay::kernel
