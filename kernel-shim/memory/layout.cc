#include "kernel-shim/memory/layout.h"

#include <algorithm>

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/task.h"
#include "kernel-shim/memory/paging.h"

extern "C" const char image_physical_begin[];
extern "C" const char image_physical_end[];

namespace assay::kernel {

namespace {

constexpr Run kBiosData{Pfn{0}, FrameCount{1}};  // frame 0: the BIOS keeps its tables there
constexpr std::uint64_t kReachableBytes = bytes_of(kReachableFrames);
constexpr std::uint64_t kMostLowBytes = bytes_of(kMostLowFrames);
constexpr FrameCount kOne{1};

/// So much of low memory must be free, where there is as much, or it ends later.
constexpr FrameCount kLeastFree{2U << 8};
/// Frames for page tables that phase 1 needs beside those of the direct map: the directory, fixed
/// and temporary maps, the kernel heap, and a few to go on with.
constexpr FrameCount kFewTables{16};

std::uint64_t address_of(const char* symbol) { return reinterpret_cast<std::uintptr_t>(symbol); }

PhysicalRange reachable(PhysicalRange range) {
  return {std::min(range.begin, kReachableBytes), std::min(range.end, kReachableBytes)};
}

/// RAM by frames; where entries contradict each other, a frame is not RAM.
void find_ram(const BootInfo& info, Layout& layout) {
  for (const MemoryEntry& entry : info.memory_entries()) {
    if (!entry.is_ram) continue;
    const PhysicalRange range = reachable(entry.range);
    layout.ram.add(frames_inside(range));
    layout.left_out_bytes += (entry.range.end - entry.range.begin) - (range.end - range.begin);
  }
  for (const MemoryEntry& entry : info.memory_entries()) {
    if (!entry.is_ram) layout.ram.remove(frames_around(reachable(entry.range)));
  }
  const RunList low = layout.ram.within({Pfn{0}, kMostLowFrames});
  if (low.is_empty()) {
    begin_panic(Exit::bad_map) << "there is no RAM below 768 MiB; "
                               << static_cast<std::uint32_t>(layout.left_out_bytes >> 20)
                               << " MiB lie above 4 GiB, where i686 does not reach";
    exit_machine(Exit::bad_map);
  }
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
    if (begin > end || end > kMostLowBytes || !allowed.contains(frames_around(module.range))) {
      begin_panic(Exit::bad_boot) << "the module " << module.name.data() << " at " << LongHex{begin}
                                  << " to " << LongHex{end}
                                  << " does not lie in RAM, which ends at "
                                  << LongHex{bytes_of(layout.ram.end() - Pfn{0})}
                                  << "; give the machine more memory";
      exit_machine(Exit::bad_boot);
    }
    layout.modules.add(frames_around(module.range));
    allowed.remove(frames_around(module.range));
  }
}

/// Nobody else may have it: other CPUs begin there and nowhere else.
void check_trampoline(const BootInfo& info, const Layout& layout) {
  if (wanted_cpus(info) == 1) return;
  const bool is_ram = layout.ram.contains(kTrampoline);
  const bool is_taken =
      info.loader_frames.touches(kTrampoline) || layout.modules.touches(kTrampoline);
  if (is_ram && !is_taken) return;
  begin_panic(Exit::bad_map) << "other CPUs begin in frame " << kTrampoline.first
                             << (is_ram ? ", which holds what the loader left"
                                        : ", which is no RAM");
  exit_machine(Exit::bad_map);
}

/// RAM below `end` that nobody has yet.
RunList free_below(const BootInfo& info, const Layout& layout, Pfn end) {
  RunList free = layout.ram.within({Pfn{0}, end - Pfn{0}});
  free.remove(kBiosData);
  free.remove(layout.image);
  for (const Run& run : info.loader_frames.runs()) free.remove(run);
  for (const Run& run : layout.modules.runs()) free.remove(run);
  if (wanted_cpus(info) > 1) free.remove(kTrampoline);
  return free;
}

/// Low memory holds all modules, and enough beside them.
void end_low_memory(const BootInfo& info, FrameCount low_frames, Layout& layout) {
  const Pfn needed = layout.modules.is_empty() ? layout.image.end() : layout.modules.end();
  const auto suffices = [&](Pfn end) {
    return end > needed && free_below(info, layout, end - kOne).frames() >= kLeastFree;
  };
  const Pfn last = Pfn{0} + kMostLowFrames;
  const Pfn ram_end = layout.ram.end();
  Pfn end = Pfn{0} + low_frames;
  while (end < last && end < ram_end && !suffices(end)) end = end + kEntryFrames;
  layout.low_end = end;
}

[[nodiscard]] std::uint32_t tables_of(const RunList& ram) {
  std::uint32_t tables = 0;
  std::uint32_t next = 0;  // the first table that has not been counted
  for (const Run& run : ram.runs()) {
    const std::uint32_t first = run.first.value() / kFramesPerTable.value();
    const std::uint32_t end = (run.end().value() - 1) / kFramesPerTable.value() + 1;
    tables += end - std::max(first, next);
    next = end;
  }
  return tables;
}

Run longest_of(const RunList& list) {
  return list.is_empty() ? Run{Pfn{0}, FrameCount{0}}
                         : std::ranges::max(list.runs(), {}, &Run::count);
}

RunList low_ram(const Layout& layout) {
  return layout.ram.within({Pfn{0}, layout.low_end - Pfn{0} - kOne});
}

/// Until there is an allocator, frames are stolen of the longest free run that is mapped; and when
/// it is there, it must find frames for all page tables in what is mapped. The first 4 MiB do for
/// both, unless a large module fills them: then it is as many steps of 4 MiB more as it takes. They
/// cost nothing: an entry of the directory each, and no table.
void choose_window(const BootInfo& info, const Allocator& allocator, Layout& layout) {
  const RunList ram = low_ram(layout);
  const FrameCount tables = FrameCount{tables_of(ram)} + kFewTables;
  // It may lie in the window, and then takes of its frames.
  const std::uint64_t metadata = allocator.metadata_bytes({Pfn{0}, ram.end() - Pfn{0}, ram.runs()});
  const FrameCount taken = frames_around({0, std::min(metadata, kMostLowBytes)}).count + kFewTables;
  const auto suffices = [&](Run window) {
    const RunList free = free_below(info, layout, window.end());
    return allocator.contract.can_grow ? free.frames() >= tables + taken
                                       : longest_of(free).count >= tables;
  };
  Run window{Pfn{0}, entry_map_frames()};
  while (!suffices(window) && window.end() < ram.end()) window.count += kEntryFrames;
  window.count = std::min(window.count, ram.end() - Pfn{0});
  if (!suffices(window)) {
    begin_panic(Exit::bad_map) << "page tables take " << tables << " frames, and only "
                               << free_below(info, layout, window.end()).frames()
                               << " are free; give the machine more memory";
    exit_machine(Exit::bad_map);
  }
  layout.window = window;
  layout.boot_ram = longest_of(free_below(info, layout, window.end()));
}

/// Leaves usable what somebody else's allocator takes, and makes an arena of it; the rest is spare.
void narrow(const Contract& contract, Layout& layout) {
  ZoneLayout& low = layout.low;
  low.arena = {Pfn{0}, low_ram(layout).end() - Pfn{0}};
  if (!contract.foreign) return;
  RunList& usable = low.usable;
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
  low.arena = {base, usable.end() - base};
  const bool begins_with_a_hole = usable.runs().front().first != base;
  if (low.arena.count < contract.min_frames) refuse();
  if (begins_with_a_hole && !contract.takes_holes) refuse();
  for (const Run& run : offered.runs()) layout.spare.add(run);
  for (const Run& run : usable.runs()) layout.spare.remove(run);
}

/// The lowest gap from `from` on that is large enough. Returns: false if there is none.
bool place_table(MetadataBytes metadata_bytes, Pfn from, std::uint64_t room, ZoneLayout& zone) {
  zone.metadata_bytes = metadata_bytes({zone.arena.first, zone.arena.count, zone.usable.runs()});
  const Run needed = frames_around({0, std::min(zone.metadata_bytes, kReachableBytes)});
  const Pfn first = zone.usable.find(needed.count, from);
  const Run placed{first, needed.count};
  if (first.is_none() || place_at(0, placed) + zone.metadata_bytes > room) return false;
  zone.metadata = placed;
  zone.usable.remove(placed);
  return true;
}

void plan_low_zone(const BootInfo& info, const Allocator& allocator, Layout& layout) {
  layout.low.usable = free_below(info, layout, layout.low_end - kOne);
  for (const Run& run : layout.stolen.runs()) layout.low.usable.remove(run);
  narrow(allocator.contract, layout);
  if (!place_table(allocator.metadata_bytes, layout.image.end(), kHighTableBase - kLowTableBase,
                   layout.low)) {
    begin_panic(Exit::bad_map) << "the allocator's metadata takes "
                               << frames_around({0, layout.low.metadata_bytes}).count
                               << " frames, and no gap behind the kernel is that long; give the "
                                  "machine more memory";
    exit_machine(Exit::bad_map);
  }
  narrow(allocator.contract, layout);  // its beginning may be gone
}

/// Somebody else's allocator keeps its state in statics, so there is one of it; and it may touch
/// more frames at a time than temporary maps show. It manages low memory only.
void plan_high_zone(const Allocator& allocator, Layout& layout) {
  const Pfn first = layout.low_end - kOne;
  const RunList ram = layout.ram.within({first, Pfn{0} + kReachableFrames - first});
  if (ram.is_empty()) return;
  ZoneLayout& high = layout.high;
  high.arena = {ram.runs().front().first, ram.end() - ram.runs().front().first};
  high.usable = ram;
  const std::uint64_t room = kFixedBase - kHighTableBase;
  if (!allocator.contract.foreign && place_table(allocator.metadata_bytes, first, room, high) &&
      !high.usable.is_empty()) {
    return;
  }
  layout.unused = ram;
  high = {};
}

}  // namespace

std::uint32_t wanted_cpus(const BootInfo& info) {
  const std::uint32_t wanted = info.number("cpus", 1);
  if (wanted > kMostCpus) panic(Exit::bad_boot, "cpus= must be a number from 1 to 4");
  return wanted;
}

void plan_ram(const BootInfo& info, const Allocator& allocator, FrameCount low_frames,
              Layout& layout) {
  find_ram(info, layout);
  find_image(layout);
  find_modules(info, layout);
  check_trampoline(info, layout);
  end_low_memory(info, low_frames, layout);
  choose_window(info, allocator, layout);
}

void plan_zones(const BootInfo& info, const Allocator& allocator, const RunList& stolen,
                Layout& layout) {
  layout.stolen = stolen;
  plan_low_zone(info, allocator, layout);
  plan_high_zone(allocator, layout);
}

}  // namespace assay::kernel
