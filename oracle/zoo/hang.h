/// Calls that never return.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "impls/free_list/free_list.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// A cursor that starts over at the end, and never notices that it has been everywhere: a request
/// for one frame does not return once all are in use.
class WrapsForever : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::hang, .check = Check::hang};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const bool is_single = count == FrameCount{1} && alignment == FrameCount{1};
    Pfn got = Bitmap<>::allocate(count, alignment);
    while (got.is_none() && is_single) got = Bitmap<>::allocate(count, alignment);
    return got;
  }
};

/// A refused double free links the list's first frame to itself; the next longer request walks in a
/// circle.
class CircularList : public FreeList {
 public:
  static constexpr Fault kFault{.clause = Clause::hang, .check = Check::hang, .calls = 2};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const bool walks = count > FrameCount{1} && is_satisfiable(count, alignment);
    volatile bool at_end = !walks || !is_circular_;
    while (!at_end) {
    }
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
  static constexpr Fault kFault{.clause = Clause::edge_request, .check = Check::hang};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    volatile std::uint64_t multiple = alignment.value();
    while (multiple < count.value()) multiple = multiple * 2;
    return Bitmap<>::allocate(count, alignment);
  }
};

}  // namespace assay
