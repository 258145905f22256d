/// The double fault has a task of its own, with a stack that works when the kernel's does not.
#pragma once

#include <cstdint>

namespace assay::kernel {

/// Makes what the CPU needs for it: a table of segments with two task states. Returns: the selector
/// of the task that must handle the double fault, for a task gate.
[[nodiscard]] std::uint16_t prepare_double_fault_task();

}  // namespace assay::kernel
