/// The pager: pages of address spaces come when a program touches them, and leave when memory runs
/// out.
///
///     the page's entry        the page is
///     0                       nowhere yet: it will be zeros
///     present, writable       in a frame, dirty: nobody else has what is in it
///     present, read-only      in a frame, clean: its slot of the swap area has the same
///     swapped                 in the slot that the entry names, and nowhere else
///
/// A frame is taken from high memory first. Where no zone has a free one, the page that came first
/// leaves, of high memory if there is any: dirty ones are written, clean ones are dropped, fixed
/// ones stay. A page that was written once keeps its slot until it is freed, so that it can always
/// be written again; only its first way out may find the area full.
///
/// Where the disk cannot write a slot, that slot is left out for good and the page gets another
/// one; where nothing can be written, no page leaves, and who wanted the frame does not get it. A
/// page that cannot be read stays in its slot. The log says so each time.
///
/// One sleeping lock is held across every call here, also while the disk is at work; the spin lock
/// of the kernel's memory is given back meanwhile. So others take and free frames while a page is
/// written, but no page is touched a second time.
#pragma once

#include <cstdint>
#include <optional>

#include "impls/paged/paging_calls.h"
#include "kernel-shim/disk/ata.h"
#include "kernel-shim/machine/user.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/zone.h"

namespace assay::kernel {

/// Tells the zones whom to ask. Requires: they are up.
void attach_pager();

/// Lets pages leave to a disk: its first `slots` slots, of 8 sectors each, of which `usable` can be
/// had. Returns: false, and nothing has changed, if there are no frames for its books.
/// Requires: there is no swap area, and the disk has as many.
[[nodiscard]] bool start_swap(const Disk& disk, std::uint32_t slots, std::uint32_t usable);
/// Lets as many more be had, as the disk has.
void grow_swap(std::uint32_t slots);
/// Requires: no page is in the area.
void stop_swap();

/// Takes a frame for the page at `address`, zeroed and mapped; a fixed one never leaves. Returns:
/// none, and nothing has changed, if there is no frame for it or for its table, or if the page is
/// not new.
[[nodiscard]] Pfn make_page(AddressSpace& space, std::uint32_t address, bool fixed);
/// Unmaps the page that a frame holds, and frees the frame and its slot. Returns: false if it holds
/// none.
bool free_page(Pfn frame);
/// Frees all pages of an address space, wherever they are. Requires: no CPU uses it.
void free_pages_of(AddressSpace& space);
/// What page a frame holds.
[[nodiscard]] std::optional<PageInFrame> page_in(Pfn frame);

/// Lets pages leave until a run of `count` frames is free. Returns: false, and nothing has changed,
/// if they do not suffice or cannot be written, or if the allocator does not say what is free.
[[nodiscard]] bool make_room(Zone& zone, FrameCount count);

/// A program's page fault, a FaultHandler; `space` is its AddressSpace. Pages of blocks that were
/// taken from the space's heap are given on demand.
[[nodiscard]] const char* serve_page_fault(void* space, UserFault fault);

/// Since start_swap.
struct PageTraffic {
  std::uint32_t faults = 0;   ///< of programs, that were served or not
  std::uint32_t zeroed = 0;   ///< new pages
  std::uint32_t in = 0;       ///< pages that were read
  std::uint32_t out = 0;      ///< pages that were written
  std::uint32_t dropped = 0;  ///< clean pages that left
  std::uint32_t bad = 0;      ///< slots that could not be written and are left out
};
[[nodiscard]] PageTraffic page_traffic();
/// Counts up when the disk begins to work for the pager, and when it is done: odd in between.
[[nodiscard]] std::uint32_t disk_turn();
/// Slots that hold a page or are left out, and those that can be had at all.
struct SwapUse {
  std::uint32_t used;
  std::uint32_t usable;
};
[[nodiscard]] SwapUse swap_use();

}  // namespace assay::kernel
