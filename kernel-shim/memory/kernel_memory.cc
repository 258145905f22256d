#include "kernel-shim/memory/kernel_memory.h"

#include <cstring>

#include "kernel-shim/machine/exit.h"

namespace assay::kernel {

namespace {

constinit KernelMemory the_memory;

// What somebody else's allocator has that a design has not, and the other way round.

template <class Design>
void load() {
  if constexpr (requires { Design::load(); }) Design::load();
}

template <class Design>
std::span<const Run> kept_by(const Design& design) {
  if constexpr (requires { design.kept(); }) return design.kept();
  return {};
}

template <class Design>
FreeResult free_in(Design& design, Run block) {
  if constexpr (requires { design.free(block.first); }) {
    return design.free(block.first);
  } else {
    return design.free(block.first, block.count);
  }
}

template <class Design>
void expect_panic_of(Design& design) {
  if constexpr (requires { design.expect_panic(); }) design.expect_panic();
}

/// What metadata holds before `init`: an allocator that relies on zeros fails at once.
constexpr int kJunk = 0xA5;

/// Junk in its metadata, then `init` with the usable frames as given.
void start_design(const Layout& layout, const RunList& usable) {
  std::byte* metadata = direct_map(layout.metadata.first);
  std::memset(metadata, kJunk, static_cast<std::size_t>(layout.metadata_bytes));
  const MemoryMap map{layout.arena.first, layout.arena.count, usable.runs()};
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
  directory.load();
}

void start_in_two_phases(const Layout& layout) {
  start_design(layout, layout.usable.within(layout.window));
  the_memory.after_phase_1 = count_frames();
  map_ram(layout.ram, the_memory.directory);
  const Run rest{layout.window.end(), layout.low_ram.end() - layout.window.end()};
  const RunList added = layout.usable.within(rest);
  for (const Run& run : added.runs()) frames().add_usable(run);
}

void start_at_once(const Layout& layout) {
  map_ram(layout.ram, the_memory.directory);
  start_design(layout, layout.usable);
}

}  // namespace

void boot_memory() {
  load<KernelDesign>();
  Layout& layout = the_memory.layout;
  plan_layout(boot_info(), KernelDesign::contract, KernelDesign::metadata_bytes, layout);
  widen_entry_map(layout.window.end());
  KernelDesign::contract.can_grow ? start_in_two_phases(layout) : start_at_once(layout);
  for (const Run& run : kept_by(frames())) layout.usable.remove(run);
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

Pfn take_table_frame() {
  FrameCount skipped = the_memory.stolen_used;
  for (const Run& run : the_memory.layout.stolen.runs()) {
    if (skipped < run.count) {
      the_memory.stolen_used += FrameCount{1};
      return run.first + skipped;
    }
    skipped -= run.count;
  }
  return frames().allocate(FrameCount{1});
}

FreeResult free_block(Run block) { return free_in(frames(), block); }

FreeResult free_wrongly(Pfn pfn) {
  if (KernelDesign::contract.on_misuse == OnMisuse::panics) expect_panic_of(frames());
  return free_block({pfn, FrameCount{1}});
}

FrameCounts count_frames() {
  return {frames().free_frames(), frames().used_frames(), frames().managed_frames()};
}

}  // namespace assay::kernel
