/// An address space: a directory of its own for the lower 3 GiB, the kernel's above, and a heap of
/// pages from 0x1000 on.
#pragma once

#include <cstdint>

#include "kernel-shim/memory/page_heap.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

class AddressSpace {
 public:
  /// Takes frames for the directory and for the books of the heap. Returns: false, and nothing is
  /// taken, if there are none.
  [[nodiscard]] bool create();
  /// Frees the frames that are mapped in the lower half, the tables, the books and the directory.
  /// Requires: no CPU uses it.
  void destroy();

  /// From now on this CPU uses this one.
  void load();

  [[nodiscard]] PageDirectory directory() const { return directory_; }
  [[nodiscard]] PageHeap& heap() { return heap_; }

 private:
  PageDirectory directory_;
  PageHeap heap_;
  std::uint32_t books_ = 0;
};

/// The one that this CPU uses, or nullptr for the kernel's own directory.
[[nodiscard]] AddressSpace* loaded_space();
/// This CPU goes back to the kernel's own directory.
void load_kernel_directory();

}  // namespace assay::kernel
