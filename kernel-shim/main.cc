/// The kernel: comes up in two phases on the frames of one design, runs its tests, says how it went
/// on the serial line (KTAP) and stops the machine with a code that says it again.
#include <string_view>

#include "design_source.h"
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/calls/call_log.h"
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/inject.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/trap.h"
#include "kernel-shim/machine/watchdog.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/sources/os161.h"
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

void describe_zone(const Zone& zone, const ZoneLayout& layout) {
  const FrameCounts counts = zone.counts();
  note() << zone.name() << " memory: manages " << counts.managed << " frames of " << layout.arena
         << ", " << counts.used << " in use; metadata "
         << static_cast<std::uint32_t>(layout.metadata_bytes) << " bytes, frames "
         << layout.metadata << '\n';
}

void describe_zones() {
  const Layout& layout = memory().layout;
  if (KernelDesign::contract.can_grow) {
    note() << "phase 1 manages " << memory().after_phase_1.managed << " frames of " << layout.window
           << '\n';
  } else {
    note() << "it cannot grow: it came up behind the page tables, which are stolen\n";
  }
  describe_zone(low_zone(), layout.low);
  if (high_zone().is_up()) describe_zone(high_zone(), layout.high);
  note() << "kernel heap " << Hex{memory().heap.begin()} << " to " << Hex{memory().heap.end() - 1}
         << '\n';
  if (!layout.spare.is_empty()) {
    note() << "spare " << layout.spare.frames() << " frames: its contract does not take them\n";
  }
  if (!layout.unused.is_empty()) {
    note() << "unused " << layout.unused.frames() << " high frames: "
           << (KernelDesign::contract.foreign ? "somebody else's allocator manages low memory only"
                                              : "they do not even hold the allocator's table")
           << '\n';
  }
}

void describe_memory() {
  const Layout& layout = memory().layout;
  note() << "image " << static_cast<std::uint32_t>(bytes_of(layout.image.count))
         << " bytes, frames " << layout.image << '\n';
  for (const BootModule& module : boot_info().boot_modules()) {
    note() << "module " << module.name.data() << " "
           << static_cast<std::uint32_t>(module.range.end - module.range.begin) << " bytes, frames "
           << frames_around(module.range) << '\n';
  }
  for (const Run& run : layout.ram.runs()) note() << "ram frames " << run << '\n';
  if (layout.left_out_bytes > 0) {
    note() << "left out " << static_cast<std::uint32_t>(layout.left_out_bytes >> 20)
           << " MiB of RAM above 4 GiB\n";
  }
  if (layout.window.count > entry_map_frames()) {
    note() << "the first 4 MiB do not hold module and page tables: the entry map was widened to "
           << layout.window.count << " frames\n";
  }
  for (const Run& run : layout.stolen.runs()) {
    note() << "stolen frames " << run << " before there was an allocator\n";
  }
  if (cpu_count() > 1) note() << "cpus " << cpu_count() << '\n';
  describe_zones();
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
  print_plan(std::size(kTests));
  describe_image();
  read_boot_info(loader_magic, loader_information);
  Watchdog::set_limit(boot_info().number("hang", kHangSeconds));
  begin_call_log();
  boot();
  describe_memory();
  describe_contract();
  const Exit code = run_tests();
  end_call_log();
  exit_machine(code);
}

}  // namespace assay::kernel
