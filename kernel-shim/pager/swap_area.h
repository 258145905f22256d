/// The swap area: a disk in slots of one page each, handed out by `tag_bitmap`.
#pragma once

#include <cstdint>
#include <span>

#include "impls/tag_bitmap/tag_bitmap.h"
#include "kernel-shim/disk/ata.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

/// A slot's number, counted from the disk's first sector: 20 bits, as an entry has room for.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xFFFF'FFFF;
inline constexpr std::uint32_t kSlotSectors = kFrameBytes / kSectorBytes;

/// The entry of a page that is in a slot and in no frame.
[[nodiscard]] constexpr PageEntry swapped_entry(Slot slot) { return slot << 12 | kSwapped; }
[[nodiscard]] constexpr bool is_swapped(PageEntry entry) {
  return (entry & (kPresent | kSwapped)) == kSwapped;
}
[[nodiscard]] constexpr Slot slot_in(PageEntry swapped) { return swapped >> 12; }

class SwapArea {
 public:
  /// Bytes for the books of an area of `slots`.
  [[nodiscard]] static std::uint32_t book_bytes(std::uint32_t slots);

  /// The disk's first `slots` slots, of which the first `usable` can be had.
  /// Requires: the disk has them all; `books` is aligned to 64.
  void init(const Disk& disk, std::uint32_t slots, std::uint32_t usable,
            std::span<std::byte> books);
  /// Lets as many more be had. Requires: the area has them.
  void add_usable(std::uint32_t slots);

  /// Returns: a slot, or kNoSlot if all are taken.
  [[nodiscard]] Slot take();
  /// Returns: false if it was not taken.
  [[nodiscard]] bool release(Slot slot);

  /// Copies a page. Errors: as the disk's. Cost: of 8 sectors.
  [[nodiscard]] DiskError write(Slot slot, std::span<const std::byte, kFrameBytes> page);
  [[nodiscard]] DiskError read(Slot slot, std::span<std::byte, kFrameBytes> page);

  [[nodiscard]] std::uint32_t used_slots() const { return slots_.used_frames().value(); }
  [[nodiscard]] std::uint32_t usable_slots() const { return slots_.managed_frames().value(); }

 private:
  Disk disk_;
  TagBitmap<> slots_;
};

}  // namespace assay::kernel
