/// The kernel's memory: its zones, its directory, its heap, and the order in which they come up.
///
/// The built design is the only allocator of frames here; page tables and every buffer come from
/// it. `sources/os161.h` steals before it is up and calls what is below in the sources' order.
///
/// Phase 1: `init` with a map of all low memory, of which only what the entry directory maps is
/// usable. Then the kernel's directory, its tables in frames of phase 1. Phase 2: `add_usable` for
/// the rest; high memory; the heap.
///
/// Somebody else's allocator may know no `add_usable`. Then the directory comes first, its tables
/// in stolen frames, and `init` gets everything at once.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "impls/coremap/boot_ram.h"
#include "kernel-shim/machine/task.h"
#include "kernel-shim/memory/layout.h"
#include "kernel-shim/memory/maps.h"
#include "kernel-shim/memory/page_heap.h"
#include "kernel-shim/memory/paging.h"
#include "kernel-shim/memory/zone.h"

namespace assay::kernel {

struct KernelMemory {
  Layout layout;
  BootRam boot_ram{Pfn{0}, Pfn{0}};
  /// Low and high; the latter is not up where there is no such memory.
  std::array<Zone, 2> zones{Zone(Recording::low), Zone(Recording::high)};
  RunList low_managed;  ///< what the low zone got so far
  PageDirectory directory;
  FrameSlots design_slots;                  ///< for the design in high memory, under the lock,
  std::array<FrameSlots, kMostCpus> slots;  ///< and of each CPU for everything else
  PageHeap heap;
  std::array<const char*, 16> steps{};
  std::size_t step_count = 0;
  std::uint32_t bios_data = 0;   ///< the address of frame 0, at the first fixed page
  std::uint32_t early_page = 0;  ///< an address: stolen before there was an allocator
  FrameCounts after_phase_1;
  FrameCounts after_phase_2;          ///< of both zones
  std::uint32_t stolen_frees = 0;     ///< frees of stolen pages that were refused
  std::uint64_t foreign_content = 0;  ///< hash_foreign_frames() when all was up
};

[[nodiscard]] KernelMemory& memory();
[[nodiscard]] inline Zone& low_zone() { return memory().zones[0]; }
[[nodiscard]] inline Zone& high_zone() { return memory().zones[1]; }
[[nodiscard]] inline PageDirectory kernel_directory() { return memory().directory; }

/// What the sources' functions bring up, in this order. Each ends the kernel with a named reason
/// where this memory is too little.
void find_memory();    ///< RAM, image, modules; stealing is possible
void end_stealing();   ///< who lies where in the zones
void start_phase_1();  ///< the design in low memory, with what the entry directory maps
/// Maps a zone's table at its place. Returns: false if there is no frame for a page table.
[[nodiscard]] bool map_table(PageDirectory directory, std::uint32_t base, const ZoneLayout& zone);
void load_directory(PageDirectory made);  ///< as the kernel's own
/// Makes usable frames of low memory free that are not managed yet.
void grow_low_zone(Run range);
void start_at_once();  ///< instead of both, the design with all of low memory
void start_high_memory();
void start_heap();
void note_counts();  ///< what tests compare with
/// Writes down what was just done, for a test of the order. `step` is a constant.
void note_step(const char* step);

/// The zones that are up, low memory first.
[[nodiscard]] std::span<Zone> zones();
/// The zone whose arena holds a frame, or nullptr.
[[nodiscard]] Zone* zone_of(Pfn pfn);
[[nodiscard]] bool is_low(Pfn pfn);
/// Whether the kernel's directory maps it at 0xC0000000: low RAM, but for the page below the stack.
[[nodiscard]] bool is_in_direct_map(Pfn pfn);
/// A frame's bytes, for this CPU alone, valid until its second following call.
[[nodiscard]] std::byte* frame_bytes(Pfn pfn);

/// A frame of any zone, high memory first; or none.
[[nodiscard]] Pfn take_frame();
/// A frame below `end`; or none, also where the design would rather give another one.
[[nodiscard]] Pfn take_frame_below(Pfn end);
/// Ends the kernel if the design refuses it.
void give_frame(Pfn pfn);
/// A frame in the direct map, for a page table: stolen before there is an allocator, else a low
/// one; or none.
[[nodiscard]] Pfn take_kernel_frame();
/// Gives such a frame back. One that was stolen stays lost.
void give_kernel_frame(Pfn pfn);
/// Whether a frame that is to be freed was stolen: its free is refused then, and counted.
[[nodiscard]] bool refuse_stolen(Pfn pfn);

/// Of both zones together.
[[nodiscard]] FrameCounts count_frames();

/// A hash over the frames of the loader's tables and modules, which nobody may write to.
[[nodiscard]] std::uint64_t hash_foreign_frames();

}  // namespace assay::kernel
