/// Calls that never return.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "impls/free_list/free_list.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Spins as a search that nothing ends would. The loop does something that can be seen, so that the
/// compiler may not leave it out.
inline void search_forever() {
  volatile std::uint32_t cursor = 0;
  while (true) cursor = cursor + 1;
}

/// A cursor that starts over at the end, and never notices that it has been everywhere: a request
/// for one frame does not return once all are in use.
class WrapsForever : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::hang};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const bool is_single = count == FrameCount{1} && alignment == FrameCount{1};
    if (is_single && free_frames() == FrameCount{0}) search_forever();
    return Bitmap<>::allocate(count, alignment);
  }
};

/// A refused double free links the list's first frame to itself; the next longer request walks in a
/// circle.
class CircularList : public FreeList {
 public:
  static constexpr Fault kFault{.clause = Clause::hang, .calls = 2};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (is_circular_ && count > FrameCount{1} && is_satisfiable(count, alignment)) search_forever();
    return FreeList::allocate(count, alignment);
  }
  FreeResult free(Pfn pfn) {
    const FreeResult freed = FreeList::free(pfn);
    if (!freed && freed.error() == Misuse::already_free) is_circular_ = true;
    return freed;
  }

 private:
  bool is_circular_ = false;
};

/// Rounds a request up by doubling, which for an alignment of 0 never gets anywhere.
class NothingDoubled : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::edge_request};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (alignment == FrameCount{0}) search_forever();
    return Bitmap<>::allocate(count, alignment);
  }
};

}  // namespace assay
