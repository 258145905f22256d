#include "kernel-shim/memory/address_space.h"

#include <array>

#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/machine/task.h"
#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/memory/page_maps.h"

namespace assay::kernel {

namespace {

constinit std::array<AddressSpace, AddressSpace::kMost> the_spaces{};
constinit std::array<AddressSpace*, kMostCpus> the_loaded{};  // by each CPU

}  // namespace

AddressSpace* AddressSpace::create() {
  const MemoryLock lock;
  for (AddressSpace& space : the_spaces) {
    if (space.directory().exists()) continue;
    return space.take_frames() ? &space : nullptr;
  }
  return nullptr;
}

bool AddressSpace::take_frames() {
  const std::uint32_t bytes = PageHeap::book_bytes(kUserBase, kDirectMapBase);
  books_ = map_pages(bytes);
  if (books_ == 0) return false;
  directory_ = PageDirectory::create();
  if (!directory_.exists()) {
    static_cast<void>(unmap_pages(books_));
    return false;
  }
  directory_.share_kernel(table_index(kDirectMapBase));
  heap_.init(kUserBase, kDirectMapBase, {reinterpret_cast<std::byte*>(books_), bytes});
  return true;
}

void AddressSpace::destroy() {
  const MemoryLock lock;
  for (std::uint32_t i = 0; i < table_index(kDirectMapBase); ++i) {
    if ((directory_.directory_entry(i) & kPresent) == 0) continue;
    for (std::uint32_t page = 0; page < kEntries; ++page) {
      const Pfn frame = directory_.unmap((i << 22) + page * kFrameBytes);
      if (!frame.is_none()) give_frame(frame);
    }
  }
  directory_.release();
  static_cast<void>(unmap_pages(books_));
}

std::uint32_t AddressSpace::number() const {
  return static_cast<std::uint32_t>(this - the_spaces.data()) + 1;
}

AddressSpace& AddressSpace::of_number(std::uint32_t number) { return the_spaces[number - 1]; }

void AddressSpace::load() {
  directory_.load();
  the_loaded[this_cpu()] = this;
}

AddressSpace* loaded_space() { return the_loaded[this_cpu()]; }

void load_kernel_directory() {
  kernel_directory().load();
  the_loaded[this_cpu()] = nullptr;
}

}  // namespace assay::kernel
