#include "kernel-shim/describe.h"

#include "design_source.h"
#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/cpus/cpus.h"
#include "kernel-shim/machine/console.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "oracle/promises.h"

namespace assay::kernel {

namespace {

#define ASSAY_QUOTE(name) #name
#define ASSAY_NAME_OF(name) ASSAY_QUOTE(name)

void describe_zone(const char* begin, const Zone& zone, const ZoneLayout& layout) {
  const FrameCounts counts = zone.counts();
  const auto bytes = static_cast<std::uint32_t>(layout.metadata_bytes);
  console << begin << zone.name() << " memory: manages " << counts.managed << " frames of "
          << layout.arena << ", " << counts.used << " in use; metadata " << zone.design_bytes()
          << " bytes, for pages " << bytes - zone.design_bytes() << ", frames " << layout.metadata
          << '\n';
}

void describe_zones(const char* begin) {
  const Layout& layout = memory().layout;
  if (KernelDesign::contract.can_grow) {
    console << begin << "phase 1 manages " << memory().after_phase_1.managed << " frames of "
            << layout.window << '\n';
  } else {
    console << begin << "it cannot grow: it came up behind the page tables, which are stolen\n";
  }
  describe_zone(begin, low_zone(), layout.low);
  if (high_zone().is_up()) describe_zone(begin, high_zone(), layout.high);
  console << begin << "kernel heap " << Hex{memory().heap.begin()} << " to "
          << Hex{memory().heap.end() - 1} << '\n';
  if (!layout.spare.is_empty()) {
    console << begin << "spare " << layout.spare.frames()
            << " frames: its contract does not take them\n";
  }
  if (!layout.unused.is_empty()) {
    console << begin << "unused " << layout.unused.frames() << " high frames: "
            << (KernelDesign::contract.foreign ? "somebody else's allocator manages low memory only"
                                               : "they do not even hold the allocator's table")
            << '\n';
  }
}

}  // namespace

const char* design_name() { return ASSAY_NAME_OF(ASSAY_KERNEL_DESIGN); }

void describe_image(const char* begin) {
  console << begin << "design " << design_name() << " source " << ASSAY_DESIGN_SOURCE << '\n';
  console << begin << "compiler " << __VERSION__ << '\n';
}

void describe_memory(const char* begin) {
  const Layout& layout = memory().layout;
  console << begin << "image " << static_cast<std::uint32_t>(bytes_of(layout.image.count))
          << " bytes, frames " << layout.image << '\n';
  for (const BootModule& module : boot_info().boot_modules()) {
    console << begin << "module " << module.name.data() << " "
            << static_cast<std::uint32_t>(module.range.end - module.range.begin)
            << " bytes, frames " << frames_around(module.range) << '\n';
  }
  for (const Run& run : layout.ram.runs()) console << begin << "ram frames " << run << '\n';
  if (layout.left_out_bytes > 0) {
    console << begin << "left out " << static_cast<std::uint32_t>(layout.left_out_bytes >> 20)
            << " MiB of RAM above 4 GiB\n";
  }
  if (layout.window.count > entry_map_frames()) {
    console << begin
            << "the first 4 MiB do not hold module and page tables: the entry map was widened to "
            << layout.window.count << " frames\n";
  }
  for (const Run& run : layout.stolen.runs()) {
    console << begin << "stolen frames " << run << " before there was an allocator\n";
  }
  if (cpu_count() > 1) console << begin << "cpus " << cpu_count() << '\n';
  describe_zones(begin);
}

void describe_contract(const char* begin) {
  const Skips skips = skips_of(KernelDesign::contract);
  if (!KernelDesign::contract.foreign) return;
  for (const Skip& skip : skips.all()) {
    console << begin << "not judged: C" << number_of(skip.clause) << ", " << skip.check << ": "
            << skip.reason << '\n';
  }
}

}  // namespace assay::kernel
