/// The kernel: comes up in two phases on the frames of one design, runs its tests, says how it went
/// on the serial line (KTAP) and stops the machine with a code that says it again.
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/calls/call_log.h"
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/describe.h"
#include "kernel-shim/inject.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/trap.h"
#include "kernel-shim/machine/watchdog.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/shell/shell.h"
#include "kernel-shim/sources/os161.h"
#include "kernel-shim/tests/tests.h"

namespace assay::kernel {

namespace {

constexpr const char* kDiagnostic = "# ";

/// As the sources do it: a page is stolen before there is an allocator, then all comes up.
void boot() {
  const SilenceWatch watch("vm_bootstrap");
  find_memory();
  memory().early_page = alloc_kpages(1);
  vm_bootstrap();
  start_cpus();
  note_counts();
}

/// Half of the tests run before a fault is injected, so that its log has a beginning and no end.
constexpr std::size_t kInjectBefore = std::size(kTests) / 2;

Exit run_tests() {
  std::size_t failed = 0;
  for (std::size_t i = 0; i < std::size(kTests); ++i) {
    if (i == kInjectBefore) inject_fault(boot_info().option("inject"));
    if (!run_test(i + 1, kTests[i])) ++failed;
  }
  return failed == 0 ? Exit::passed : Exit::failed;
}

}  // namespace

extern "C" [[noreturn]] void kmain(std::uint32_t loader_magic, std::uint32_t loader_information) {
  Console::init();
  install_trap_handlers();
  start_interrupts();
  read_boot_info(loader_magic, loader_information);
  if (!shell_is_asked_for()) print_plan(std::size(kTests));
  describe_image(kDiagnostic);
  Watchdog::set_limit(boot_info().number("hang", kHangSeconds));
  begin_call_log();
  boot();
  describe_memory(kDiagnostic);
  describe_contract(kDiagnostic);
  if (shell_is_asked_for()) {
    inject_fault(boot_info().option("inject"));
    run_shell();
  }
  const Exit code = run_tests();
  end_call_log();
  exit_machine(code);
}

}  // namespace assay::kernel
