#include "kernel-shim/memory/kernel_memory.h"

#include <cstring>

#include "kernel-shim/machine/exit.h"

namespace assay::kernel {

namespace {

constinit KernelMemory the_memory;

/// What metadata holds before `init`: an allocator that relies on zeros fails at once.
constexpr int kJunk = 0xA5;

void begin_phase_1(const Layout& layout) {
  widen_entry_map(layout.window.end());
  std::byte* metadata = direct_map(layout.metadata.first);
  std::memset(metadata, kJunk, layout.metadata_bytes);
  const RunList mapped = layout.usable.within(layout.window);
  const MemoryMap map{layout.arena.first, layout.arena.count, mapped.runs()};
  if (layout.arena.count > KernelDesign::contract.max_frames ||
      KernelDesign::metadata_bytes(map) > layout.metadata_bytes) {
    panic(Exit::bad_map, "the design cannot manage an arena of this size");
  }
  frames().init(map, FrameWindow(direct_map(Pfn{0}), Pfn{0}),
                {metadata, static_cast<std::size_t>(layout.metadata_bytes)});
}

/// All RAM, and nothing but RAM: a stray access to a hole is a page fault.
void map_ram(const RunList& ram, PageDirectory& directory) {
  bool mapped = directory.create();
  for (const Run& run : ram.runs()) {
    for (Pfn pfn = run.first; pfn < run.end(); pfn = pfn + FrameCount{1}) {
      mapped = mapped && directory.map(direct_address(pfn), pfn);
    }
  }
  if (!mapped) panic(Exit::panic, "the design has no frame for a page table, though some are free");
}

void begin_phase_2(const Layout& layout) {
  map_ram(layout.ram, the_memory.directory);
  the_memory.directory.load();
  const Run rest{layout.window.end(), layout.arena.end() - layout.window.end()};
  const RunList added = layout.usable.within(rest);
  for (const Run& run : added.runs()) frames().add_usable(run);
}

}  // namespace

void boot_memory() {
  plan_layout(boot_info(), KernelDesign::metadata_bytes, the_memory.layout);
  begin_phase_1(the_memory.layout);
  the_memory.after_phase_1 = count_frames();
  begin_phase_2(the_memory.layout);
  the_memory.after_phase_2 = count_frames();
  the_memory.foreign_content = hash_foreign_frames();
}

std::uint64_t hash_foreign_frames() {
  RunList foreign = the_memory.layout.modules;
  for (const Run& run : boot_info().loader_frames.runs()) foreign.add(run);
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325;  // FNV-1a, word by word
  for (const Run& run : foreign.runs()) {
    const auto* words = reinterpret_cast<const std::uint32_t*>(direct_map(run.first));
    for (std::uint32_t i = 0; i < bytes_of(run.count) / sizeof *words; ++i) {
      hash = (hash ^ words[i]) * 0x0000'0100'0000'01B3;
    }
  }
  return hash;
}

KernelMemory& memory() { return the_memory; }

FreeResult free_block(Run block) { return frames().free(block.first); }

FrameCounts count_frames() {
  return {frames().free_frames(), frames().used_frames(), frames().managed_frames()};
}

}  // namespace assay::kernel
