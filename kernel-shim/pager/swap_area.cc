#include "kernel-shim/pager/swap_area.h"

namespace assay::kernel {

namespace {

/// Slots as what frames are to a design.
Run slots_from(Slot first, std::uint32_t count) { return {Pfn{first}, FrameCount{count}}; }

}  // namespace

std::uint32_t SwapArea::book_bytes(std::uint32_t slots) {
  const Run all = slots_from(0, slots);
  return static_cast<std::uint32_t>(TagBitmap<>::metadata_bytes({all.first, all.count, {&all, 1}}));
}

void SwapArea::init(const Disk& disk, std::uint32_t slots, std::uint32_t usable,
                    std::span<std::byte> books) {
  disk_ = disk;
  const Run first = slots_from(0, usable);
  slots_.init({Pfn{0}, FrameCount{slots}, {&first, 1}}, {}, books);
}

void SwapArea::add_usable(std::uint32_t slots) {
  slots_.add_usable(slots_from(usable_slots(), slots));
}

Slot SwapArea::take() {
  const Pfn slot = slots_.allocate(FrameCount{1});
  return slot.is_none() ? kNoSlot : slot.value();
}

bool SwapArea::release(Slot slot) { return slots_.free(Pfn{slot}).has_value(); }

DiskError SwapArea::write(Slot slot, std::span<const std::byte, kFrameBytes> page) {
  return disk_.write(slot * kSlotSectors, page);
}

DiskError SwapArea::read(Slot slot, std::span<std::byte, kFrameBytes> page) {
  return disk_.read(slot * kSlotSectors, page);
}

}  // namespace assay::kernel
