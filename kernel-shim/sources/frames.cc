#include "kernel-shim/sources/frames.h"

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/memory/address_space.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"

namespace assay::kernel {

namespace {

constexpr FrameCount kOne{1};
static_assert(THEORICAL_FRAMES_NUMBER == kReachableFrames.value());
static_assert(USER_HEAP_START == kUserBase);

/// The heap that begins there, or nullptr.
PageHeap* heap_at(std::uint32_t start) {
  if (start == memory().heap.begin()) return &memory().heap;
  AddressSpace* space = loaded_space();
  return start == kUserBase && space != nullptr ? &space->heap() : nullptr;
}

}  // namespace

extern "C" {

uint32_t kernelHeapStart() { return memory().heap.begin(); }

uint32_t allocFrame(uint32_t end) {
  const Pfn pfn =
      end == 0 || end >= THEORICAL_FRAMES_NUMBER ? take_frame() : take_frame_below(Pfn{end});
  return pfn.is_none() ? 0 : pfn.value() * kFrameBytes;
}

void freeFrame(uint32_t ptr) {
  const Pfn pfn{ptr / kFrameBytes};
  Zone* zone = zone_of(pfn);
  if (ptr % kFrameBytes != 0 || zone == nullptr || !zone->free({pfn, kOne})) {
    begin_panic(Exit::panic) << "freeFrame: no frame in use at " << Hex{ptr};
    exit_machine(Exit::panic);
  }
}

uint32_t getFrameAddr(uint32_t vAddr) {
  const Pfn pfn = loaded_directory().translate(vAddr);
  return pfn.is_none() ? 0 : pfn.value() * kFrameBytes + vAddr % kFrameBytes;
}

uint32_t allocPages(uint32_t numberOfPages, uint32_t heapStart) {
  const MemoryLock lock;
  PageHeap* heap = heap_at(heapStart);
  return heap == nullptr ? 0 : heap->allocate(numberOfPages);
}

size_t freePages(uint32_t ptr, uint32_t heapStart) {
  const MemoryLock lock;
  PageHeap* heap = heap_at(heapStart);
  return heap == nullptr ? 0 : heap->free(ptr);
}

void* kmmap(size_t size) { return reinterpret_cast<void*>(map_pages(size)); }

size_t kunmap(uint32_t vaddr) { return unmap_pages(vaddr); }

int mapPage(uint32_t virtAddr, uint32_t physAddr, uint32_t flags) {
  const Pfn pfn{physAddr / kFrameBytes};
  const PageEntry allowed = flags & (kWritable | kUser | kWriteThrough | kUncached);
  return loaded_directory().map(virtAddr & ~kFlags, pfn, allowed) ? 0 : -1;
}

void unmapPage(uint32_t virtAddr) { loaded_directory().unmap(virtAddr & ~kFlags); }

}  // extern "C"

}  // namespace assay::kernel
