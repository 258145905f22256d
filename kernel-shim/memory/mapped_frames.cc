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
  if (!spare) return frames().allocate(kOne);
  RunList& list = memory().layout.spare;
  const Pfn pfn = list.find(kOne, Pfn{0});
  list.remove({pfn, kOne});
  return pfn;
}

void MappedFrames::give_back(Pfn pfn) {
  if (!memory().layout.usable.contains(pfn)) return memory().layout.spare.add({pfn, kOne});
  if (!free_block({pfn, kOne})) panic(Exit::panic, "the design refused the free of a frame");
}

bool MappedFrames::allocate(std::uint32_t address, std::uint64_t bytes) {
  address_ = address;
  const FrameCount needed = frames_around({0, bytes}).count;
  const bool spare = needed > frames().free_frames();
  if (spare && needed > memory().layout.spare.frames()) return false;
  for (; pages_ < needed.value(); ++pages_) {
    const Pfn pfn = take(spare);
    if (pfn.is_none()) break;
    if (memory().directory.map(page_address(address, pages_), pfn)) continue;
    give_back(pfn);
    break;
  }
  if (pages_ < needed.value()) release();
  return pages_ == needed.value();
}

void MappedFrames::release() {
  PageDirectory& directory = memory().directory;
  for (std::uint32_t page = 0; page < pages_; ++page) {
    const Pfn pfn = directory.translate(page_address(address_, page));
    directory.unmap(page_address(address_, page));
    give_back(pfn);
  }
  for (std::uint32_t page = 0; page < pages_; page += kFramesPerTable.value()) {
    give_back(directory.drop_table(page_address(address_, page)));
  }
  pages_ = 0;
}

}  // namespace assay::kernel
