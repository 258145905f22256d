/// The trial of a module, as the tests and the shell make it.
#pragma once

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/trial/run_trial.h"

namespace assay::kernel {

/// Told in front of each operation how many are done.
using OnOperation = void (*)(std::uint32_t done);

/// Reads a module, takes the room that it needs and runs its trial. Returns: false, with the reason
/// in `why`, if it cannot be read or there is no room for it.
[[nodiscard]] bool replay(const BootModule& module, TrialResult& result, TextBuffer& why,
                          OnOperation on_operation = nullptr);

/// The two lines that a trial leaves in the log. The host compares the first with its own.
void print_trial(const BootModule& module, const TrialResult& result);

}  // namespace assay::kernel
