/// What the paging side asks of the kernel around it: mappings and a backing store.
#pragma once

#include <cstdint>

#include "impls/coremap/entry.h"
#include "impls/frame.h"

namespace assay {

/// The kernel's own frames belong to no address space.
inline constexpr std::uint32_t kKernelSpace = 0;

/// A page of virtual memory: 4096 bytes of one address space.
struct Page {
  std::uint32_t space;   ///< who owns it: neither kKernelSpace nor kNobody
  std::uint32_t number;  ///< virtual address / 4096

  /// Whether an address space of that number may own pages.
  [[nodiscard]] static constexpr bool is_user(std::uint32_t space) {
    return space != kKernelSpace && space != kNobody;
  }

  /// Whether it may be in a frame: an entry must have room for both numbers.
  [[nodiscard]] constexpr bool can_be_entered() const {
    CoremapEntry entry{};
    entry.space = space;
    entry.page = number;
    return is_user(space) && entry.space == space && entry.page == number;
  }

  bool operator==(const Page&) const = default;
};

/// What a frame with a page holds.
struct PageInFrame {
  Page page;
  bool is_dirty;  ///< nobody but this frame has its content
  bool is_fixed;  ///< it is not evicted

  bool operator==(const PageInFrame&) const = default;
};

/// A table of the kernel's functions; each gets `context`, a page and the frame that it is in.
///
/// They may sleep, and whoever holds a spin lock around `Paged` may let go of it inside of them.
/// Until they return, `allocate`, `free`, `add_usable` and the queries may be called as always;
/// every call that takes, moves or frees a page refuses and changes nothing. So a page under
/// write-back is neither evicted nor freed a second time.
struct PagingCalls {
  void* context = nullptr;

  /// Takes the page out of reach: when this returns, no CPU has it mapped or in its TLB.
  void (*unmap)(void* context, Page page, Pfn frame) = nullptr;

  /// The page, whose eviction was given up, may be reached again as it was before `unmap`.
  void (*remap)(void* context, Page page, Pfn frame) = nullptr;

  /// Copies the frame to the page's place in the backing store. It is unmapped, so that nobody
  /// writes to it meanwhile. Returns: false if the store is full or broken; what it held of this
  /// page no longer counts either way.
  bool (*write_back)(void* context, Page page, Pfn frame) = nullptr;

  /// Copies the page from the backing store, which keeps it, to the frame. Returns: false if the
  /// store is broken; what it holds stays as it is.
  bool (*read_in)(void* context, Page page, Pfn frame) = nullptr;
};

}  // namespace assay
