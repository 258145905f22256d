/// What the loop itself costs: a call that does nothing. No contestant can be faster.
#pragma once

#include "impls/allocator.h"

namespace assay {

/// Serves every request with the frame 0 and takes back whatever it is given. It is no design.
class EmptyCall {
 public:
  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& /*map*/) { return 0; }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);
  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment);
  FreeResult free(Pfn first);
  [[nodiscard]] FrameCount used_frames() const { return FrameCount{0}; }
};

}  // namespace assay
