#include "kernel-shim/memory/page_maps.h"

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

namespace {

void unmap_first(std::uint32_t address, std::uint32_t pages) {
  for (std::uint32_t i = 0; i < pages; ++i) {
    give_frame(kernel_directory().unmap(address + i * kFrameBytes));
  }
  const std::uint32_t last = address + pages * kFrameBytes - 1;
  for (std::uint32_t i = table_index(address); pages > 0 && i <= table_index(last); ++i) {
    kernel_directory().drop_empty_table(i << 22);
  }
}

bool map_fresh(std::uint32_t address) {
  const Pfn frame = take_frame();
  if (frame.is_none()) return false;
  if (kernel_directory().map(address, frame)) return true;
  give_frame(frame);
  return false;
}

}  // namespace

std::uint32_t map_pages(std::uint32_t bytes) {
  const MemoryLock lock;
  const std::uint32_t pages = bytes / kFrameBytes + (bytes % kFrameBytes != 0 ? 1 : 0);
  const std::uint32_t address = memory().heap.allocate(pages);
  if (address == 0) return 0;
  for (std::uint32_t i = 0; i < pages; ++i) {
    if (map_fresh(address + i * kFrameBytes)) continue;
    unmap_first(address, i);
    memory().heap.free(address);
    return 0;
  }
  return address;
}

std::uint32_t unmap_pages(std::uint32_t address) {
  const MemoryLock lock;
  const std::uint32_t pages = memory().heap.pages_at(address);
  unmap_first(address, pages);
  if (pages != 0) memory().heap.free(address);
  return pages;
}

}  // namespace assay::kernel
