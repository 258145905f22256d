/// The kernel: comes up in two phases on the frames of one design, runs its tests, says how it went
/// on the serial line (KTAP) and stops the machine with a code that says it again.
#include <string_view>

#include "design_source.h"
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/inject.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/trap.h"
#include "kernel-shim/machine/watchdog.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/tests.h"
#include "oracle/promises.h"

namespace assay::kernel {

namespace {

#define ASSAY_QUOTE(name) #name
#define ASSAY_NAME_OF(name) ASSAY_QUOTE(name)
constexpr const char* kDesignName = ASSAY_NAME_OF(ASSAY_KERNEL_DESIGN);

const Console& note() { return console << "# "; }

void describe_image() {
  note() << "design " << kDesignName << " source " << ASSAY_DESIGN_SOURCE << '\n';
  note() << "compiler " << __VERSION__ << '\n';
}

void describe_memory() {
  const Layout& layout = memory().layout;
  const FrameCounts& phase_1 = memory().after_phase_1;
  const FrameCounts& phase_2 = memory().after_phase_2;
  note() << "image " << static_cast<std::uint32_t>(bytes_of(layout.image.count))
         << " bytes, frames " << layout.image << '\n';
  for (const BootModule& module : boot_info().boot_modules()) {
    note() << "module " << module.name.data() << " "
           << static_cast<std::uint32_t>(module.range.end - module.range.begin) << " bytes, frames "
           << frames_around(module.range) << '\n';
  }
  note() << "metadata " << static_cast<std::uint32_t>(layout.metadata_bytes) << " bytes, frames "
         << layout.metadata << '\n';
  for (const Run& run : layout.ram.runs()) note() << "ram frames " << run << '\n';
  if (layout.left_out_bytes > 0) {
    note() << "left out " << static_cast<std::uint32_t>(layout.left_out_bytes >> 20)
           << " MiB of RAM above the direct map's 768 MiB\n";
  }
  if (layout.window.count > entry_map_frames()) {
    note() << "the first 4 MiB do not hold module and metadata: the entry map was widened to "
           << layout.window.count << " frames\n";
  }
  if (!layout.stolen.is_empty()) {
    note() << "it cannot grow: " << layout.stolen.frames()
           << " frames were stolen for page tables\n";
    note() << "then it manages " << phase_2.managed << " frames of " << layout.arena << '\n';
  } else {
    note() << "phase 1 manages " << phase_1.managed << " frames of " << layout.window << '\n';
    note() << "phase 2 manages " << phase_2.managed << " frames of " << layout.arena << ", "
           << phase_2.used << " of them hold page tables\n";
  }
  if (!layout.spare.is_empty()) {
    note() << "spare " << layout.spare.frames() << " frames: its contract does not take them\n";
  }
}

/// What somebody else's contract leaves open, here as on the host.
void describe_contract() {
  const Skips skips = skips_of(KernelDesign::contract);
  if (!KernelDesign::contract.foreign) return;
  for (const Skip& skip : skips.all()) {
    note() << "not judged: C" << number_of(skip.clause) << ", " << skip.check << ": " << skip.reason
           << '\n';
  }
}

void boot() {
  const SilenceWatch watch("boot_memory");
  boot_memory();
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
  print_plan(std::size(kTests));
  describe_image();
  read_boot_info(loader_magic, loader_information);
  Watchdog::set_limit(boot_info().number("hang", kHangSeconds));
  boot();
  describe_memory();
  describe_contract();
  exit_machine(run_tests());
}

}  // namespace assay::kernel
