/// Requests that rightly fail, but not cleanly.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "impls/free_list/free_list.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Marks frames while it searches; when the search fails, the first mark stays.
class TentativeMarkStays : public FreeList {
 public:
  static constexpr Fault kFault{.clause = Clause::failed_call, .check = Check::free_frames};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = FreeList::allocate(count, alignment);
    const bool searched = is_satisfiable(count, alignment) && count <= free_frames();
    if (got.is_none() && searched) static_cast<void>(FreeList::allocate(FrameCount{1}));
    return got;
  }
};

/// Takes a large run 512 frames at a time; the loop that undoes it forgets one step.
class UndoOffByOne : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::failed_call, .check = Check::free_frames, .frames = 1024};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    const bool tried = count >= FrameCount{1024} && count <= managed_frames();
    if (got.is_none() && tried) static_cast<void>(Bitmap<>::allocate(FrameCount{512}));
    return got;
  }
};

/// A request that fails is counted as served.
class FailureCountedAsUse : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::failed_call, .check = Check::used_frames};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (got.is_none()) miscounted_ = FrameCount{1};
    return got;
  }
  [[nodiscard]] FrameCount used_frames() const { return Bitmap<>::used_frames() + miscounted_; }

 private:
  FrameCount miscounted_;
};

/// Returns with its lock held when there is no memory. Who finds the lock held here gets none where
/// a kernel would wait for ever.
class LockLeftHeld : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::completeness, .check = Check::missed, .calls = 2};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (locked_) return Pfn::none();
    const Pfn got = Bitmap<>::allocate(count, alignment);
    locked_ = got.is_none();
    return got;
  }

 private:
  bool locked_ = false;
};

/// Hands out the longest run there is where none is long enough.
class ShortGrant : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::placement, .check = Check::overlaps};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const FrameCount longest = largest_free_run();
    return Bitmap<>::allocate(count > longest ? longest : count, alignment);
  }
};

}  // namespace assay
