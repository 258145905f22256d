#include "kernel-shim/memory/page_heap.h"

namespace assay::kernel {

namespace {

/// An address as the number of its page: what a frame number is to a design.
Pfn page_of(std::uint32_t address) { return Pfn{address / kFrameBytes}; }

Run pages_between(std::uint32_t begin, std::uint32_t end) {
  return {page_of(begin), page_of(end) - page_of(begin)};
}

}  // namespace

std::uint32_t PageHeap::book_bytes(std::uint32_t begin, std::uint32_t end) {
  const Run pages = pages_between(begin, end);
  return static_cast<std::uint32_t>(
      TagBitmap<>::metadata_bytes({pages.first, pages.count, {&pages, 1}}));
}

void PageHeap::init(std::uint32_t begin, std::uint32_t end, std::span<std::byte> books) {
  begin_ = begin;
  end_ = end;
  const Run pages = pages_between(begin, end);
  pages_.init({pages.first, pages.count, {&pages, 1}}, {}, books);
}

std::uint32_t PageHeap::allocate(std::uint32_t pages) {
  const Pfn first = pages_.allocate(FrameCount{pages});
  return first.is_none() ? 0 : first.value() * kFrameBytes;
}

std::uint32_t PageHeap::free(std::uint32_t address) {
  if (address % kFrameBytes != 0) return 0;
  const FreeResult freed = pages_.free(page_of(address));
  return freed ? freed->value() : 0;
}

std::uint32_t PageHeap::pages_at(std::uint32_t address) const {
  if (address % kFrameBytes != 0 || address < begin_ || address >= end_) return 0;
  const auto block = pages_.block_at(page_of(address));
  return block && block->first == page_of(address) ? block->count.value() : 0;
}

bool PageHeap::holds(std::uint32_t address) const {
  return pages_.block_at(page_of(address)).has_value();
}

}  // namespace assay::kernel
