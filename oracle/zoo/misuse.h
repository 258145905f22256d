/// Misuse that is accepted, misnamed, or leaves something behind.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Takes the free of a frame inside a block for a free of the block: the most common fault of real
/// kernels.
class Canary : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::misuse, .check = Check::released, .calls = 2};

  FreeResult free(Pfn pfn) {
    const std::optional<Run> block = block_at(pfn);
    return Bitmap<>::free(block ? block->first : pfn);
  }
};

/// Never asks whether the frame is in use.
class DoubleFreeAccepted : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::misuse, .check = Check::released};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed || freed.error() != Misuse::already_free) return freed;
    return FrameCount{1};
  }
};

/// Knows a double free by the two frames freed last; an older one gets through.
class OldDoubleFreeAccepted : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::misuse, .check = Check::released, .calls = 7};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (!freed && pfn == freed_[2] && freed.error() == Misuse::already_free) return FrameCount{1};
    if (!freed) return freed;
    freed_[2] = freed_[1];
    freed_[1] = freed_[0];
    freed_[0] = pfn;
    return freed;
  }

 private:
  Pfn freed_[3];  ///< newest first
};

/// Never asks whether the frame is in the arena.
class ForeignFreeAccepted : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::misuse, .check = Check::released};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed || freed.error() != Misuse::outside_arena) return freed;
    return FrameCount{1};
  }
};

/// The free of a reserved frame makes it usable.
class ReservedFreeAccepted : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::misuse, .check = Check::released};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed || freed.error() != Misuse::reserved) return freed;
    add_usable({pfn, FrameCount{1}});
    return FrameCount{1};
  }
};

/// Refuses the free of a frame inside a block, but calls it a double free.
class InnerFreeMisnamed : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::misuse, .check = Check::misnamed, .calls = 2};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed || freed.error() != Misuse::inside_block) return freed;
    return std::unexpected(Misuse::already_free);
  }
};

/// Refuses a double free after it has counted it.
class RefusedFreeCounted : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::misuse, .check = Check::free_frames};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (!freed && freed.error() == Misuse::already_free) miscounted_ = FrameCount{1};
    return freed;
  }
  [[nodiscard]] FrameCount free_frames() const { return Bitmap<>::free_frames() + miscounted_; }

 private:
  FrameCount miscounted_;
};

}  // namespace assay
