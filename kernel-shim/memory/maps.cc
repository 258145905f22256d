#include "kernel-shim/memory/maps.h"

#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

namespace {

constinit std::uint32_t next_temporary = kTemporaryBase;
constinit std::uint32_t the_buffer_pages = 0;
constinit std::uint32_t next_fixed = kFirstFixed;

}  // namespace

bool FrameSlots::create() {
  for (Slot& slot : slots_) {
    slot.address = next_temporary;
    slot.entry = kernel_directory().entry(slot.address, true);
    if (slot.entry == nullptr) return false;
    next_temporary += kFrameBytes;
  }
  return true;
}

std::byte* FrameSlots::show(Pfn pfn) {
  if (is_low(pfn)) return direct_map(pfn);
  turn_ ^= 1U;
  const Slot& slot = slots_[turn_];
  *slot.entry = pfn.value() << 12 | kWritable | kPresent;
  forget_translation(slot.address);
  return reinterpret_cast<std::byte*>(slot.address);
}

FrameWindow FrameSlots::window() {
  const auto show = [](void* slots, Pfn pfn) { return static_cast<FrameSlots*>(slots)->show(pfn); };
  return {show, this};
}

std::uint32_t map_device(PhysicalRange range) {
  const Run frames = frames_around(range);
  const std::uint32_t base = next_temporary;
  if (bytes_of(frames.count) > kTemporaryEnd - base) return 0;
  for (Pfn pfn = frames.first; pfn < frames.end(); pfn = pfn + FrameCount{1}) {
    const PageEntry flags = kWritable | kUncached | kWriteThrough;
    if (!kernel_directory().map(next_temporary, pfn, flags)) return 0;
    next_temporary += kFrameBytes;
  }
  return base + static_cast<std::uint32_t>(range.begin % kFrameBytes);
}

std::uint32_t map_buffer(std::uint32_t bytes) {
  const std::uint32_t base = next_temporary;
  if (bytes > kTemporaryEnd - base) return 0;
  for (; next_temporary - base < bytes; next_temporary += kFrameBytes) {
    const Pfn pfn = take_frame();
    if (pfn.is_none() || !kernel_directory().map(next_temporary, pfn)) return 0;
    ++the_buffer_pages;
  }
  return base;
}

std::uint32_t buffer_pages() { return the_buffer_pages; }

std::uint32_t map_fixed(Pfn frame, PageEntry flags) {
  if (next_fixed < kFixedBase || !kernel_directory().map(next_fixed, frame, flags)) return 0;
  const std::uint32_t address = next_fixed;
  next_fixed -= kFrameBytes;
  return address;
}

}  // namespace assay::kernel
