/// Who called whom, for a panic: addresses of code, which the host turns into names and lines.
///
///     # backtrace 0xc0101fd2 0xc010dfa0 0xc010101d
#pragma once

#include <cstdint>

namespace assay::kernel {

/// An instruction, and the frame pointer of the function that it belongs to.
struct CodePlace {
  std::uint32_t eip;
  std::uint32_t ebp;
};

/// Prints `place` and the calls that led there, each by an address inside its instruction, the
/// innermost first. A frame pointer that leads off this CPU's stack ends it with a line that says
/// so, and so does an address that is no code; nothing of it can fault.
void print_backtrace(CodePlace place);

}  // namespace assay::kernel
