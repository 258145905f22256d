/// Faults on request, to prove that whoever reads the log tells them apart: `inject=…` on the
/// kernel's command line.
#pragma once

#include <string_view>

namespace assay::kernel {

/// `hang`, `triple` (fault), `panic`, `pagefault`, `divide`, `leak` (a frame is lost), `quit`
/// (stops as if all were well); nothing for an empty name; any other ends the kernel as a bad boot.
void inject_fault(std::string_view name);

}  // namespace assay::kernel
