#include "kernel-shim/memory/mapped_frames.h"

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};

std::uint32_t page_address(std::uint32_t address, std::uint32_t page) {
  return address + page * kFrameBytes;
}

}  // namespace

Pfn MappedFrames::take(bool spare) {
  if (!spare) return take_frame();
  RunList& list = memory().layout.spare;
  const Pfn pfn = list.find(kOne, Pfn{0});
  list.remove({pfn, kOne});
  return pfn;
}

void MappedFrames::give_back(Pfn pfn) {
  const Zone* zone = zone_of(pfn);
  if (zone != nullptr && zone->usable().contains(pfn)) return give_frame(pfn);
  memory().layout.spare.add({pfn, kOne});
}

bool MappedFrames::allocate(std::uint32_t address, std::uint64_t bytes) {
  address_ = address;
  const FrameCount needed = frames_around({0, bytes}).count;
  const bool spare = memory().layout.spare.frames() >= needed;  // its own are for page tables
  if (!spare && needed > count_frames().free) return false;
  for (; pages_ < needed.value(); ++pages_) {
    const Pfn pfn = take(spare);
    if (pfn.is_none()) break;
    if (kernel_directory().map(page_address(address, pages_), pfn)) continue;
    give_back(pfn);
    break;
  }
  if (pages_ < needed.value()) release();
  return pages_ == needed.value();
}

void MappedFrames::release() {
  const PageDirectory directory = kernel_directory();
  for (std::uint32_t page = 0; page < pages_; ++page) {
    give_back(directory.unmap(page_address(address_, page)));
  }
  for (std::uint32_t page = 0; page < pages_; page += kFramesPerTable.value()) {
    directory.drop_empty_table(page_address(address_, page));
  }
  pages_ = 0;
}

}  // namespace assay::kernel
