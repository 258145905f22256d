/// The yardstick: a stack of frame numbers, called through a function as the designs are.
///
/// It cannot find runs, refuses no misuse and keeps no sizes: nothing that serves single frames
/// through a function can do much less. It is no design, is not judged and cannot win.
#pragma once

#include "impls/allocator.h"

namespace assay {

class ReferenceStack {
 public:
  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& map) {
    return std::uint64_t{map.frames.value()} * sizeof(Pfn);
  }

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata);

  /// Requires: count and alignment are 1.
  [[nodiscard]] Pfn allocate(FrameCount count, FrameCount alignment);
  FreeResult free(Pfn first);
  [[nodiscard]] FrameCount used_frames() const { return managed_ - FrameCount{count_}; }

 private:
  std::span<Pfn> free_;
  FrameCount managed_;
  std::uint32_t count_ = 0;
};

}  // namespace assay
