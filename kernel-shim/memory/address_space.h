/// An address space: a directory of its own for the lower 3 GiB, the kernel's above, and a heap of
/// pages from 0x1000 on.
#pragma once

#include <cstdint>

#include "kernel-shim/memory/page_heap.h"
#include "kernel-shim/memory/paging.h"

namespace assay::kernel {

class AddressSpace {
 public:
  static constexpr std::uint32_t kMost = 16;

  /// Takes frames for a directory and for the books of a heap. Returns: nullptr, and nothing is
  /// taken, if there are none, or if there are kMost spaces already.
  [[nodiscard]] static AddressSpace* create();
  /// Frees the frames that are mapped in the lower half, the tables, the books and the directory.
  /// Requires: no CPU uses it, and the pager has none of its pages (pager/pager.h).
  void destroy();

  /// From 1 to kMost: what frames know of their owner.
  [[nodiscard]] std::uint32_t number() const;
  /// The space of such a number. Requires: it exists.
  [[nodiscard]] static AddressSpace& of_number(std::uint32_t number);

  /// From now on this CPU uses this one.
  void load();

  [[nodiscard]] PageDirectory directory() const { return directory_; }
  [[nodiscard]] PageHeap& heap() { return heap_; }

 private:
  [[nodiscard]] bool take_frames();

  PageDirectory directory_;
  PageHeap heap_;
  std::uint32_t books_ = 0;
};

/// The one that this CPU uses, or nullptr for the kernel's own directory.
[[nodiscard]] AddressSpace* loaded_space();
/// This CPU goes back to the kernel's own directory.
void load_kernel_directory();

}  // namespace assay::kernel
