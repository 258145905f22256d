/// Faults on request, to prove that whoever reads the log tells them apart: `inject=…` on the
/// kernel's command line.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::kernel {

/// Fails in the way that `name` names (README.md lists them); nothing for an empty name; any other
/// ends the kernel as a bad boot.
void inject_fault(std::string_view name);

/// Never returns.
[[noreturn]] void hang();
/// From now on the operation with this number hangs, in each trial.
inline constexpr std::uint32_t kOperationThatHangs = 3;
[[nodiscard]] bool hang_in_trial_is_injected();

}  // namespace assay::kernel
