#include "kernel-shim/shell/holdings.h"

#include <algorithm>

#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

bool BlockTable::create() {
  constexpr std::size_t kPerPage = kFrameBytes / sizeof(Run);
  const std::size_t pages = std::max(count_frames().free.value() / 4, 1U);
  room_ = std::min(kMost, pages * kPerPage);
  blocks_ = reinterpret_cast<Run*>(map_pages(room_ * sizeof(Run)));
  return blocks_ != nullptr;
}

void BlockTable::add(Run block) {
  blocks_[size_++] = block;
  frames_ += block.count;
}

void BlockTable::resize(std::size_t i, FrameCount count) {
  frames_ = frames_ - blocks_[i].count + count;
  blocks_[i].count = count;
  if (count == FrameCount{0}) blocks_[i] = blocks_[--size_];
}

void BlockTable::sort() { std::ranges::sort(std::span(blocks_, size_), {}, &Run::first); }

std::size_t BlockTable::find(Pfn pfn) const {
  const auto all = blocks();
  const auto found = std::ranges::find_if(all, [&](Run block) { return block.contains(pfn); });
  return static_cast<std::size_t>(found - all.begin());
}

std::size_t PageTable::find(std::uint32_t address) const {
  const auto all = pages();
  const auto found = std::ranges::find(all, address & ~kFlags, &MappedPage::address);
  return static_cast<std::size_t>(found - all.begin());
}

const MappedPage* PageTable::showing(Run block) const {
  const auto all = pages();
  const auto found = std::ranges::find_if(
      all, [&](const MappedPage& page) { return !page.is_fresh && block.contains(page.frame); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace assay::kernel
