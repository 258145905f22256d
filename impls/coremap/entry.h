/// What the coremap knows of one frame. The paging side (impls/paged) keeps the same entries beside
/// designs that have none of their own.
#pragma once

#include <cstdint>

namespace assay {

/// What a frame is in use for, as OS/161 tells it.
enum class FrameState : std::uint32_t {
  free,   ///< nobody's
  fixed,  ///< in use, never evicted; reserved frames are fixed too
  dirty,  ///< a page that differs from what the backing store holds
  clean,  ///< a page that the backing store holds too
};

struct CoremapEntry {
  FrameState state;
  std::uint32_t length;    ///< of the block or extent, at its borders; 0 elsewhere
  std::uint32_t space;     ///< owner: the address space; 0 is the kernel's
  std::uint32_t page;      ///< owner: the virtual page number
  std::uint32_t previous;  ///< links: free extents into their bin, evictable pages into the FIFO
  std::uint32_t next;
};

}  // namespace assay
