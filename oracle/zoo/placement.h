/// Frames that are handed out although they are not free.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Out of memory it falls back on the frames that hold the kernel and its tables.
class ReservedHandedOut : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::placement, .check = Check::overlaps};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    const bool starts_reserved = map.usable.empty() || map.usable[0].first != map.base;
    reserve_ = starts_reserved ? map.base : Pfn::none();
    Bitmap<>::init(map, window, metadata);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    const bool single = count == FrameCount{1} && alignment == FrameCount{1};
    return got.is_none() && single ? reserve_ : got;
  }

 private:
  Pfn reserve_;
};

/// Remembers the two blocks freed last as places for single frames; the older one is still believed
/// to be free after it was taken.
class StaleHint : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::placement, .check = Check::overlaps, .calls = 6};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const bool single = count == FrameCount{1} && alignment == FrameCount{1};
    if (single && !older_.is_none() && block_at(older_)) return older_;
    return Bitmap<>::allocate(count, alignment);
  }

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (!freed) return freed;
    older_ = newer_;
    newer_ = pfn;
    return freed;
  }

 private:
  Pfn newer_;
  Pfn older_;
};

}  // namespace assay
