#include "kernel-shim/memory/layout.h"

#include <algorithm>

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/paging.h"

extern "C" const char image_physical_begin[];
extern "C" const char image_physical_end[];

namespace assay::kernel {

namespace {

constexpr Run kBiosData{Pfn{0}, FrameCount{1}};  // frame 0: the BIOS keeps its tables there
constexpr std::uint64_t kDirectMapBytes = bytes_of(kDirectMapFrames);

std::uint64_t address_of(const char* symbol) { return reinterpret_cast<std::uintptr_t>(symbol); }

PhysicalRange below_direct_map_end(PhysicalRange range) {
  return {std::min(range.begin, kDirectMapBytes), std::min(range.end, kDirectMapBytes)};
}

/// RAM by frames; where entries contradict each other, a frame is not RAM.
void find_ram(const BootInfo& info, Layout& layout) {
  for (const MemoryEntry& entry : info.memory_entries()) {
    if (!entry.is_ram) continue;
    const PhysicalRange low = below_direct_map_end(entry.range);
    layout.ram.add(frames_inside(low));
    layout.left_out_bytes += (entry.range.end - entry.range.begin) - (low.end - low.begin);
  }
  for (const MemoryEntry& entry : info.memory_entries()) {
    if (!entry.is_ram) layout.ram.remove(frames_around(below_direct_map_end(entry.range)));
  }
  if (layout.ram.is_empty()) panic(Exit::bad_map, "there is no RAM below 768 MiB");
  layout.arena = {Pfn{0}, layout.ram.end() - Pfn{0}};
}

void find_image(Layout& layout) {
  layout.image = frames_around({address_of(image_physical_begin), address_of(image_physical_end)});
  if (!layout.ram.contains(layout.image)) {
    panic(Exit::bad_map, "the memory map does not call the kernel's own image RAM");
  }
}

/// A loader may place a module beyond RAM and say nothing: QEMU does.
void find_modules(const BootInfo& info, Layout& layout) {
  RunList allowed = layout.ram;
  allowed.remove(layout.image);
  for (const BootModule& module : info.boot_modules()) {
    const auto [begin, end] = module.range;
    if (begin == end) continue;
    if (begin > end || end > kDirectMapBytes || !allowed.contains(frames_around(module.range))) {
      begin_panic(Exit::bad_boot) << "the module " << module.name.data() << " at " << LongHex{begin}
                                  << " to " << LongHex{end}
                                  << " does not lie in RAM, which ends at "
                                  << LongHex{bytes_of(layout.arena.count)}
                                  << "; give the machine more memory";
      exit_machine(Exit::bad_boot);
    }
    layout.modules.add(frames_around(module.range));
    allowed.remove(frames_around(module.range));
  }
}

/// The lowest gap behind the image that is large enough.
void place_metadata(MetadataBytes metadata_bytes, Layout& layout) {
  const MemoryMap map{layout.arena.first, layout.arena.count, layout.usable.runs()};
  layout.metadata_bytes = metadata_bytes(map);
  const Run needed = frames_around({0, std::min(layout.metadata_bytes, kDirectMapBytes + 1)});
  const Pfn first = layout.usable.find(needed.count, layout.image.end());
  if (first.is_none()) {
    begin_panic(Exit::bad_map) << "the allocator's metadata takes " << needed.count
                               << " frames, and no gap behind the kernel is that long; give the "
                                  "machine more memory";
    exit_machine(Exit::bad_map);
  }
  layout.metadata = {first, needed.count};
}

/// Phase 1 needs the metadata mapped, and as many free frames mapped as phase 2 takes for page
/// tables. The first 4 MiB hold both, unless a large module or a large table fills them: then as
/// many steps of 4 MiB more as it takes. They cost nothing: an entry of the directory each, and no
/// table.
void choose_window(Layout& layout) {
  layout.tables = frames_for_direct_map(layout.ram);
  const auto suffices = [&](Run window) {
    return layout.metadata.end() <= window.end() &&
           layout.usable.within(window).frames() >= layout.tables;
  };
  Run window{Pfn{0}, kEntryMapFrames};
  while (!suffices(window) && window.end() < layout.arena.end()) window.count += kEntryMapFrames;
  if (!suffices(window)) {
    begin_panic(Exit::bad_map) << "page tables take " << layout.tables << " frames, and only "
                               << layout.usable.frames()
                               << " are free; give the machine more memory";
    exit_machine(Exit::bad_map);
  }
  layout.window = {Pfn{0}, std::min(window.count, layout.arena.count)};
}

}  // namespace

void plan_layout(const BootInfo& info, MetadataBytes metadata_bytes, Layout& layout) {
  find_ram(info, layout);
  find_image(layout);
  find_modules(info, layout);
  layout.usable = layout.ram;
  layout.usable.remove(kBiosData);
  layout.usable.remove(layout.image);
  for (const Run& run : info.loader_frames.runs()) layout.usable.remove(run);
  for (const Run& run : layout.modules.runs()) layout.usable.remove(run);
  place_metadata(metadata_bytes, layout);
  layout.usable.remove(layout.metadata);
  choose_window(layout);
}

}  // namespace assay::kernel
