#include "kernel-shim/pager/pager.h"

#include <atomic>
#include <cstring>

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/cpus/sleep_lock.h"
#include "kernel-shim/machine/console.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/trap.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/pager/swap_area.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
constexpr std::uint32_t kReads = 2;     // of a page, until it counts as unreadable
constexpr std::uint32_t kBadSlots = 4;  // in a row, until the disk counts as broken
constexpr PageEntry kOfPage = kUser | kPresent;

/// Guarded by the pager's lock.
struct Pager {
  SwapArea area;
  std::uint32_t books = 0;  ///< the area's, an address; 0: there is no area
  std::uint32_t slots_address = 0;
  PageTraffic traffic;
  const char* problem = nullptr;  ///< why the last page could not be had
  bool frees = false;             ///< a page that is unmapped now is gone, not on its way out

  [[nodiscard]] bool has_area() const { return books != 0; }
  /// The slot that keeps a copy, old or new, of the page in a frame.
  [[nodiscard]] Slot& slot_of(Pfn frame) const {
    return reinterpret_cast<Slot*>(slots_address)[frame.value()];
  }
};

constinit SleepLock the_lock;
constinit Pager the_pager;
constinit std::atomic<std::uint32_t> the_disk_turn = 0;

/// The disk is at work while its scope lasts, and the memory's lock is given back.
class DiskTurn {
 public:
  DiskTurn() { ++the_disk_turn; }
  ~DiskTurn() { ++the_disk_turn; }
  DiskTurn(const DiskTurn&) = delete;
  DiskTurn& operator=(const DiskTurn&) = delete;

 private:
  MemoryUnlocked unlocked_;
};

std::span<std::byte, kFrameBytes> bytes_in(Pfn frame) {
  return std::span<std::byte, kFrameBytes>(frame_bytes(frame), kFrameBytes);
}

PageEntry& entry_of(Page page) {
  return *AddressSpace::of_number(page.space).directory().entry(page.number * kFrameBytes);
}

void set_slot(Pfn frame, Slot slot) {
  if (the_pager.has_area()) the_pager.slot_of(frame) = slot;
}

Slot slot_of(Pfn frame) { return the_pager.has_area() ? the_pager.slot_of(frame) : kNoSlot; }

void say(Slot slot, DiskError error, const char* what) {
  console << "# paging sector " << slot * kSlotSectors << what << ": " << describe(error) << '\n';
}

void release(Slot slot) {
  if (!the_pager.area.release(slot)) panic(Exit::panic, "a slot of the swap area was free already");
}

// What the zones ask for (impls/paged/paging_calls.h).

void unmap(void* /*context*/, Page page, Pfn frame) {
  const AddressSpace& space = AddressSpace::of_number(page.space);
  const PageEntry before = entry_of(page);
  static_cast<void>(space.directory().unmap(page.number * kFrameBytes));
  const Slot slot = slot_of(frame);
  if (the_pager.frees) {
    if (slot != kNoSlot) release(slot);
    return;
  }
  if (slot != kNoSlot) entry_of(page) = swapped_entry(slot);
  if ((before & kWritable) == 0) ++the_pager.traffic.dropped;
}

void remap(void* /*context*/, Page page, Pfn frame) {
  const std::optional<PageInFrame> held = page_in(frame);
  const bool is_dirty = held && held->is_dirty;
  if (!is_dirty) --the_pager.traffic.dropped;
  entry_of(page) = frame.value() << 12 | kOfPage | (is_dirty ? kWritable : 0);
}

/// A slot for the page in `frame`: its own, or a new one; or none, and the problem is known.
Slot slot_for(Pfn frame) {
  if (!the_pager.has_area()) {
    the_pager.problem = "no frame is free, and there is no swap area";
    return kNoSlot;
  }
  if (slot_of(frame) == kNoSlot) set_slot(frame, the_pager.area.take());
  if (slot_of(frame) == kNoSlot) {
    the_pager.problem = "no frame is free, and the swap area is full";
  }
  return slot_of(frame);
}

bool write_back(void* /*context*/, Page page, Pfn frame) {
  for (std::uint32_t bad = 0; bad < kBadSlots; ++bad) {
    const Slot slot = slot_for(frame);
    if (slot == kNoSlot) return false;
    DiskError error;
    {
      const DiskTurn turn;
      error = the_pager.area.write(slot, bytes_in(frame));
    }
    if (error == DiskError::none) {
      entry_of(page) = swapped_entry(slot);
      ++the_pager.traffic.out;
      return true;
    }
    say(slot, error, " cannot be written, its slot is left out");
    ++the_pager.traffic.bad;
    set_slot(frame, kNoSlot);
  }
  the_pager.problem = "no frame is free, and the swap area cannot be written";
  return false;
}

bool read_in(void* /*context*/, Page page, Pfn frame) {
  const Slot slot = slot_in(entry_of(page));
  DiskError error = DiskError::none;
  {
    const DiskTurn turn;
    for (std::uint32_t i = 0; i < kReads; ++i) {
      error = the_pager.area.read(slot, bytes_in(frame));
      if (error == DiskError::none) break;
      say(slot, error, " cannot be read");
    }
  }
  if (error != DiskError::none) {
    the_pager.problem = "the page cannot be read from the swap area";
    return false;
  }
  set_slot(frame, slot);
  ++the_pager.traffic.in;
  return true;
}

constexpr PagingCalls kCalls{
    .unmap = unmap, .remap = remap, .write_back = write_back, .read_in = read_in};

/// A zone with a free frame, high memory first; else one that a page has just left, or nullptr.
Zone* zone_with_room() {
  for (std::size_t i = zones().size(); i-- > 0;) {
    if (zones()[i].counts().free > FrameCount{0}) return &zones()[i];
  }
  for (std::size_t i = zones().size(); i-- > 0;) {
    if (zones()[i].make_page_available(kOne)) return &zones()[i];
  }
  return nullptr;
}

/// The entry of a page, for whose table another page may have to leave; or nullptr.
PageEntry* make_entry(AddressSpace& space, std::uint32_t address) {
  PageEntry* entry = space.directory().entry(address, true);
  if (entry != nullptr || !low_zone().make_page_available(kOne)) return entry;
  return space.directory().entry(address, true);
}

Page page_at(const AddressSpace& space, std::uint32_t address) {
  return {.space = space.number(), .number = address / kFrameBytes};
}

Pfn add_page(AddressSpace& space, std::uint32_t address, PageEntry& entry, bool fixed) {
  Zone* zone = zone_with_room();
  if (zone == nullptr) return Pfn::none();
  const Pfn frame = zone->allocate_page(page_at(space, address), fixed);
  if (frame.is_none()) return frame;
  set_slot(frame, kNoSlot);
  entry = frame.value() << 12 | kOfPage | kWritable;
  ++the_pager.traffic.zeroed;
  return frame;
}

bool load_page(AddressSpace& space, std::uint32_t address, PageEntry& entry) {
  Zone* zone = zone_with_room();
  if (zone == nullptr) return false;
  const Pfn frame = zone->load_page(page_at(space, address));
  if (!frame.is_none()) entry = frame.value() << 12 | kOfPage;
  return !frame.is_none();
}

/// The first write to a clean page, whose fault has dropped what the TLB knew of it. Returns: false
/// if the page is read-only for another reason.
bool note_write(PageEntry& entry) {
  const Pfn frame = frame_in(entry);
  const std::optional<PageInFrame> held = page_in(frame);
  if (!held || held->is_dirty || !zone_of(frame)->page_written(frame)) return false;
  entry |= kWritable;
  return true;
}

/// Releases the slots of pages that are in no frame.
void release_swapped(const AddressSpace& space) {
  for (std::uint32_t table = 0; table < table_index(kDirectMapBase); ++table) {
    PageEntry* entries = space.directory().entry(table << 22);
    for (std::uint32_t i = 0; entries != nullptr && i < kEntries; ++i) {
      if (!is_swapped(entries[i])) continue;
      release(slot_in(entries[i]));
      entries[i] = 0;
    }
  }
}

}  // namespace

void attach_pager() {
  for (Zone& zone : zones()) zone.attach(kCalls);
}

bool start_swap(const Disk& disk, std::uint32_t slots, std::uint32_t usable) {
  const SleepLockHeld lock(the_lock);
  const std::uint32_t bytes = SwapArea::book_bytes(slots);
  const std::uint32_t slot_bytes = zones().back().arena().end().value() * sizeof(Slot);
  const std::uint32_t books = map_pages(bytes);
  the_pager.slots_address = books == 0 ? 0 : map_pages(slot_bytes);
  if (the_pager.slots_address == 0) {
    if (books != 0) unmap_pages(books);
    return false;
  }
  std::memset(reinterpret_cast<void*>(the_pager.slots_address), 0xFF, slot_bytes);
  static_assert(kNoSlot == 0xFFFF'FFFF);
  the_pager.area.init(disk, slots, usable, {reinterpret_cast<std::byte*>(books), bytes});
  the_pager.books = books;
  the_pager.traffic = {};
  return true;
}

void grow_swap(std::uint32_t slots) {
  const SleepLockHeld lock(the_lock);
  the_pager.area.add_usable(slots);
}

void stop_swap() {
  const SleepLockHeld lock(the_lock);
  unmap_pages(the_pager.slots_address);
  unmap_pages(the_pager.books);
  the_pager.books = 0;
}

Pfn make_page(AddressSpace& space, std::uint32_t address, bool fixed) {
  const SleepLockHeld lock(the_lock);
  PageEntry* entry = make_entry(space, address);
  if (entry == nullptr || *entry != 0) return Pfn::none();
  return add_page(space, address, *entry, fixed);
}

bool free_page(Pfn frame) {
  const SleepLockHeld lock(the_lock);
  Zone* zone = zone_of(frame);
  if (zone == nullptr) return false;
  the_pager.frees = true;
  const bool freed = zone->page_free(frame);
  the_pager.frees = false;
  return freed;
}

void free_pages_of(AddressSpace& space) {
  const SleepLockHeld lock(the_lock);
  the_pager.frees = true;
  for (Zone& zone : zones()) static_cast<void>(zone.teardown(space.number()));
  the_pager.frees = false;
  release_swapped(space);
}

std::optional<PageInFrame> page_in(Pfn frame) {
  const Zone* zone = zone_of(frame);
  return zone == nullptr ? std::nullopt : zone->page_at(frame);
}

bool make_room(Zone& zone, FrameCount count) {
  const SleepLockHeld lock(the_lock);
  return zone.make_page_available(count);
}

const char* serve_page_fault(void* context, UserFault fault) {
  const SleepLockHeld lock(the_lock);
  auto& space = *static_cast<AddressSpace*>(context);
  const char* not_his = name_of_exception(kPageFault);
  ++the_pager.traffic.faults;
  if (!space.heap().holds(fault.address)) return not_his;
  the_pager.problem = "no frame is free, and no page may leave";
  PageEntry* entry = make_entry(space, fault.address);
  if (entry == nullptr) return the_pager.problem;
  if (*entry == 0) {
    const Pfn frame = add_page(space, fault.address, *entry, false);
    return frame.is_none() ? the_pager.problem : nullptr;
  }
  if (is_swapped(*entry) && !load_page(space, fault.address, *entry)) return the_pager.problem;
  if ((*entry & kUser) == 0) return not_his;
  const bool is_write = (fault.error_code & kPageWrite) != 0;
  if (!is_write || (*entry & kWritable) != 0) return nullptr;  // it came in the meantime
  return note_write(*entry) ? nullptr : not_his;
}

std::uint32_t disk_turn() { return the_disk_turn; }

PageTraffic page_traffic() {
  const SleepLockHeld lock(the_lock);
  return the_pager.traffic;
}

SwapUse swap_use() {
  const SleepLockHeld lock(the_lock);
  return {.used = the_pager.area.used_slots(), .usable = the_pager.area.usable_slots()};
}

}  // namespace assay::kernel
