#include "kernel-shim/memory/kernel_memory.h"

#include <cstring>

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/machine/exit.h"

extern "C" const char kernel_stack_guard[];

namespace assay::kernel {

namespace {

constinit KernelMemory the_memory;

constexpr FrameCount kOne{1};
constexpr const Contract& kContract = KernelDesign::contract;

/// What somebody else's allocator has that a design has not.
template <class Design>
void load() {
  if constexpr (requires { Design::load(); }) Design::load();
}

Allocator allocator() { return {kContract, ZoneDesign::metadata_bytes}; }

/// Where low memory shall end: `low=` in MiB, in steps of 4. An allocator that manages nothing else
/// gets as much as there can be.
FrameCount low_frames() {
  const std::string_view option = boot_info().option("low");
  if (option.empty()) return kContract.foreign ? kMostLowFrames : kUsualLowFrames;
  std::uint32_t mib = 0;
  for (const char digit : option) {
    const bool is_digit = digit >= '0' && digit <= '9';
    mib = is_digit && mib < 1000 ? mib * 10 + static_cast<std::uint32_t>(digit - '0') : 1000;
  }
  if (mib < 4 || mib > 768 || mib % 4 != 0) {
    panic(Exit::bad_boot, "low= must be a multiple of 4 from 4 to 768 (MiB)");
  }
  return FrameCount{mib << 8};
}

bool has_option(std::string_view name) { return boot_info().option(name) == "on"; }

/// The bytes of a zone's table, where it is mapped.
std::span<std::byte> table_at(std::uint32_t address, const ZoneLayout& zone) {
  return {reinterpret_cast<std::byte*>(address), static_cast<std::size_t>(zone.metadata_bytes)};
}

void start_low_zone(std::uint32_t table, const RunList& usable) {
  const Layout& layout = the_memory.layout;
  low_zone().start("low", layout.low, table_at(table, layout.low),
                   FrameWindow(direct_map(Pfn{0}), Pfn{0}), usable, has_option("fill"));
  the_memory.low_managed = usable;
}

void expect(bool worked) {
  if (!worked) panic(Exit::panic, "the design has no frame for a page table, though some are free");
}

}  // namespace

KernelMemory& memory() { return the_memory; }

void find_memory() {
  load<KernelDesign>();
  Layout& layout = the_memory.layout;
  plan_ram(boot_info(), allocator(), low_frames(), layout);
  widen_entry_map(layout.window.end());
  the_memory.boot_ram = BootRam(layout.boot_ram.first, layout.boot_ram.end());
  note_step("memory found");
}

void end_stealing() {
  Layout& layout = the_memory.layout;
  const Run left = the_memory.boot_ram.get_size();
  note_step("no more stealing");
  RunList stolen;
  stolen.add({layout.boot_ram.first, left.first - layout.boot_ram.first});
  plan_zones(boot_info(), allocator(), stolen, layout);
}

void start_phase_1() {
  const Layout& layout = the_memory.layout;
  start_low_zone(map_at_entry(kLowTableBase, layout.low.metadata),
                 layout.low.usable.within(layout.window));
  the_memory.after_phase_1 = low_zone().counts();
  note_step("phase 1");
}

bool map_table(PageDirectory directory, std::uint32_t base, const ZoneLayout& zone) {
  const std::uint32_t address = place_at(base, zone.metadata);
  for (std::uint32_t i = 0; i < zone.metadata.count.value(); ++i) {
    const Pfn pfn = zone.metadata.first + FrameCount{i};
    if (!directory.map(address + i * kFrameBytes, pfn)) return false;
  }
  return true;
}

void load_directory(PageDirectory made) {
  the_memory.directory = made;
  made.load();
  note_step("directory");
}

void grow_low_zone(Run range) {
  RunList added = the_memory.layout.low.usable.within(range);
  for (const Run& run : the_memory.low_managed.runs()) added.remove(run);
  for (const Run& run : added.runs()) {
    low_zone().add_usable(run);
    the_memory.low_managed.add(run);
  }
}

void start_at_once() {
  const ZoneLayout& low = the_memory.layout.low;
  start_low_zone(direct_address(low.metadata.first), low.usable);
  note_step("all at once");
}

void start_high_memory() {
  note_step("low memory");
  for (std::uint32_t cpu = 0; cpu < wanted_cpus(boot_info()); ++cpu) {
    expect(the_memory.slots[cpu].create());
  }
  expect(the_memory.design_slots.create());
  the_memory.bios_data = map_fixed(Pfn{0}, 0);
  expect(the_memory.bios_data != 0);
  note_step("high memory");
  const ZoneLayout& high = the_memory.layout.high;
  if (high.usable.is_empty()) return;
  expect(map_table(kernel_directory(), kHighTableBase, high));
  high_zone().start("high", high, table_at(place_at(kHighTableBase, high.metadata), high),
                    the_memory.design_slots.window(), high.usable, has_option("fill"));
}

void start_heap() {
  const std::uint32_t begin = direct_address(the_memory.layout.low_end);
  const std::uint32_t bytes = PageHeap::book_bytes(begin, kKernelHeapEnd);
  const std::uint32_t books = map_buffer(bytes);
  if (books == 0) panic(Exit::bad_map, "no frames are left for the books of the kernel's heap");
  note_step("heap");
  the_memory.heap.init(begin, kKernelHeapEnd, {reinterpret_cast<std::byte*>(books), bytes});
}

void note_step(const char* step) {
  if (the_memory.step_count < the_memory.steps.size()) {
    the_memory.steps[the_memory.step_count++] = step;
  }
}

void note_counts() {
  for (const Run& run : low_zone().kept()) the_memory.layout.low.usable.remove(run);
  the_memory.after_phase_2 = count_frames();
  the_memory.foreign_content = hash_foreign_frames();
}

std::span<Zone> zones() { return {the_memory.zones.data(), high_zone().is_up() ? 2U : 1U}; }

Zone* zone_of(Pfn pfn) {
  for (Zone& zone : zones()) {
    if (zone.arena().contains(pfn)) return &zone;
  }
  return nullptr;
}

bool is_low(Pfn pfn) { return pfn < the_memory.layout.low_end - kOne; }

bool is_in_direct_map(Pfn pfn) {
  return is_low(pfn) && the_memory.layout.ram.contains(pfn) &&
         direct_address(pfn) != reinterpret_cast<std::uintptr_t>(kernel_stack_guard);
}

std::byte* frame_bytes(Pfn pfn) { return the_memory.slots[this_cpu()].show(pfn); }

Pfn take_frame() {
  const MemoryLock lock;
  for (std::size_t i = zones().size(); i-- > 0;) {
    const Pfn pfn = zones()[i].allocate(kOne);
    if (!pfn.is_none()) return pfn;
  }
  return Pfn::none();
}

void give_frame(Pfn pfn) {
  Zone* zone = zone_of(pfn);
  if (zone == nullptr || !zone->free({pfn, kOne})) {
    panic(Exit::panic, "the design refused the free of a frame");
  }
}

Pfn take_frame_below(Pfn end) {
  for (Zone& zone : zones()) {
    const Pfn pfn = zone.allocate(kOne);
    if (pfn < end) return pfn;
    if (!pfn.is_none()) give_frame(pfn);
  }
  return Pfn::none();
}

Pfn take_kernel_frame() {
  const MemoryLock lock;
  return low_zone().is_up() ? low_zone().allocate(kOne) : the_memory.boot_ram.steal(kOne);
}

void give_kernel_frame(Pfn pfn) {
  const MemoryLock lock;
  if (!refuse_stolen(pfn) && low_zone().is_up()) give_frame(pfn);
}

bool refuse_stolen(Pfn pfn) {
  const MemoryLock lock;
  if (!the_memory.layout.stolen.contains(pfn)) return false;
  ++the_memory.stolen_frees;
  return true;
}

FrameCounts count_frames() {
  const MemoryLock lock;
  FrameCounts sum;
  for (const Zone& zone : zones()) {
    const FrameCounts counts = zone.counts();
    sum.free += counts.free;
    sum.used += counts.used;
    sum.managed += counts.managed;
  }
  return sum;
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

}  // namespace assay::kernel
