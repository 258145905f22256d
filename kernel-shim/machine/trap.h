/// Exceptions: none is expected, so each ends the kernel with a line that says what happened where.
#pragma once

namespace assay::kernel {

/// Installs a handler for each of the 32 exceptions.
void install_trap_handlers();

}  // namespace assay::kernel
