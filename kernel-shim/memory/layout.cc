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
  layout.low_ram = {Pfn{0}, layout.ram.end() - Pfn{0}};
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
                                  << LongHex{bytes_of(layout.low_ram.count)}
                                  << "; give the machine more memory";
      exit_machine(Exit::bad_boot);
    }
    layout.modules.add(frames_around(module.range));
    allowed.remove(frames_around(module.range));
  }
}

/// An allocator that cannot grow comes up when all RAM is mapped. The page tables for that are then
/// in frames that it never sees: the lowest ones.
void steal_tables(Layout& layout) {
  FrameCount missing = layout.tables;
  const RunList free = layout.usable;
  for (const Run& run : free.runs()) {
    const Run part{run.first, std::min(run.count, missing)};
    layout.stolen.add(part);
    layout.usable.remove(part);
    missing -= part.count;
  }
}

Run longest_of(const RunList& list) { return std::ranges::max(list.runs(), {}, &Run::count); }

/// Leaves usable what somebody else's allocator takes, and makes an arena of it; the rest is spare.
void narrow(const Contract& contract, Layout& layout) {
  layout.arena = layout.low_ram;
  if (!contract.foreign) return;
  RunList& usable = layout.usable;
  const RunList offered = usable;
  const auto refuse = [&] {
    begin_panic(Exit::bad_map) << "of " << offered.frames()
                               << " free frames none make an arena that the "
                               << "allocator takes: its contract wants at least "
                               << contract.min_frames << " frames"
                               << (contract.base ? ", a base of its own" : "")
                               << (contract.takes_holes ? "" : ", no holes");
    exit_machine(Exit::bad_map);
  };
  if (contract.base) usable = usable.within({*contract.base, contract.max_frames});
  if (usable.is_empty()) refuse();
  if (!contract.takes_holes) usable = usable.within(longest_of(usable));
  const std::uint32_t multiple = contract.base_multiple.value();
  const Pfn first = usable.runs().front().first;
  const std::uint32_t past = first.value() % multiple;
  const Pfn base = contract.base.value_or(past == 0 ? first : first + FrameCount{multiple - past});
  usable = usable.within({base, contract.max_frames});
  if (usable.is_empty()) refuse();
  layout.arena = {base, usable.end() - base};
  const bool begins_with_a_hole = usable.runs().front().first != base;
  if (layout.arena.count < contract.min_frames) refuse();
  if (begins_with_a_hole && !contract.takes_holes) refuse();
  for (const Run& run : offered.runs()) layout.spare.add(run);
  for (const Run& run : usable.runs()) layout.spare.remove(run);
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

/// Phase 1 needs the metadata mapped, and as many frames, free or stolen, as page tables take. The
/// first 4 MiB hold both, unless a large module or a large table fills them: then as many steps of
/// 4 MiB more as it takes. They cost nothing: an entry of the directory each, and no table.
void choose_window(Layout& layout) {
  const auto suffices = [&](Run window) {
    const RunList& for_tables = layout.stolen.is_empty() ? layout.usable : layout.stolen;
    return layout.metadata.end() <= window.end() &&
           for_tables.within(window).frames() >= layout.tables;
  };
  Run window{Pfn{0}, entry_map_frames()};
  while (!suffices(window) && window.end() < layout.low_ram.end()) window.count += kEntryFrames;
  if (!suffices(window)) {
    begin_panic(Exit::bad_map) << "page tables take " << layout.tables << " frames, and only "
                               << layout.usable.frames()
                               << " are free; give the machine more memory";
    exit_machine(Exit::bad_map);
  }
  layout.window = {Pfn{0}, std::min(window.count, layout.low_ram.count)};
}

}  // namespace

void plan_layout(const BootInfo& info, const Contract& contract, MetadataBytes metadata_bytes,
                 Layout& layout) {
  find_ram(info, layout);
  find_image(layout);
  find_modules(info, layout);
  layout.usable = layout.ram;
  layout.usable.remove(kBiosData);
  layout.usable.remove(layout.image);
  for (const Run& run : info.loader_frames.runs()) layout.usable.remove(run);
  for (const Run& run : layout.modules.runs()) layout.usable.remove(run);
  layout.tables = frames_for_direct_map(layout.ram);
  if (!contract.can_grow) steal_tables(layout);
  narrow(contract, layout);
  place_metadata(metadata_bytes, layout);
  layout.usable.remove(layout.metadata);
  narrow(contract, layout);  // its beginning may be gone
  choose_window(layout);
}

}  // namespace assay::kernel
