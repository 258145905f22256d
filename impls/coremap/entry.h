/// What the coremap knows of one frame, in 16 bytes. The paging side (impls/paged) keeps the same
/// entries beside designs that have none of their own.
///
/// A random free costs what it costs to reach one entry, so entries are small and four share a
/// cache line. That is why an owner has 32 bits: a page number is as wide as i686's.
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

struct alignas(16) CoremapEntry {
  FrameState state : 2;
  std::uint32_t length : 30;  ///< of the block or extent, at its borders; 0 elsewhere
  std::uint32_t space : 12;   ///< owner: the address space; 0 is the kernel's
  std::uint32_t page : 20;    ///< owner: the virtual page number
  std::uint32_t previous;     ///< links: free extents into their bin,
  std::uint32_t next;         ///< pages that may be evicted into the FIFO
};

static_assert(sizeof(CoremapEntry) == 16);

/// The owner of reserved frames; no address space has this number.
inline constexpr std::uint32_t kNobody = 0xFFF;

}  // namespace assay
