/// How the machine stops, and what it says about it.
#pragma once

#include <cstdint>

#include "kernel-shim/machine/backtrace.h"
#include "kernel-shim/machine/console.h"

namespace assay::kernel {

/// What is written to QEMU's isa-debug-exit device; QEMU then exits with 2 × value + 1, never with
/// 0.
enum class Exit : std::uint8_t {
  passed = 0x10,    ///< 33: every test passed
  failed = 0x11,    ///< 35: a test failed
  left = 0x12,      ///< 37: who sat at the shell left it; no test ran
  hang = 0x7B,      ///< 247: what runs did not get on (machine/watchdog.h)
  bad_boot = 0x7C,  ///< 249: what the boot loader handed over cannot be used
  bad_map = 0x7D,   ///< 251: the memory is too small, or not there
  panic = 0x7E,     ///< 253: an exception, or a broken assumption
};

/// Stops the machine. A real one has no such device and halts. A panic or a hang ends with the
/// backtrace of `place`, or of who calls this. Where another CPU stops the machine already, this
/// CPU only stops itself.
[[noreturn]] void exit_machine(Exit code, CodePlace place);
[[noreturn]] void exit_machine(Exit code);

/// Begins the line `PANIC …` that names the reason for `exit_machine(code)`, which must follow. Of
/// several CPUs the first one that calls it says why; the others stop when they call it, or print.
const Console& begin_panic(Exit code);

/// Both at once, where the reason is a constant.
[[noreturn]] void panic(Exit code, const char* reason);

}  // namespace assay::kernel
