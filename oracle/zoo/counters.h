/// Counts that drift.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "impls/coremap/coremap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Counts one frame less as used when a block is freed, whatever the block's length.
class UseDriftsAtFree : public Coremap {
 public:
  static constexpr Fault kFault{
      .clause = Clause::accounting, .check = Check::used_frames, .calls = 2};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Coremap::free(pfn);
    if (freed && *freed > FrameCount{1}) drift_ = *freed - FrameCount{1};
    return freed;
  }
  [[nodiscard]] FrameCount used_frames() const { return Coremap::used_frames() + drift_; }

 private:
  FrameCount drift_;
};

/// Adds frees to the count four at a time, and forgets the fourth.
class BatchedCountDrifts : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::accounting, .check = Check::free_frames, .calls = 8};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed && frees_ < 4) ++frees_;
    return freed;
  }
  [[nodiscard]] FrameCount free_frames() const {
    return Bitmap<>::free_frames() - FrameCount{frees_ == 4 ? 1U : 0U};
  }

 private:
  std::uint32_t frees_ = 0;
};

/// Counts the used frames in ten bits.
class CountOfTenBits : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::accounting, .check = Check::used_frames, .frames = 1024};

  [[nodiscard]] FrameCount used_frames() const {
    return FrameCount{Bitmap<>::used_frames().value() % 1024};
  }
};

/// Keeps the length of the longest free run, and after a free looks again only if all is free.
class LongestRunStale : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::accounting, .check = Check::largest_free_run, .calls = 3};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    longest_ = Bitmap<>::largest_free_run();
    known_ = true;
    return got;
  }
  void add_usable(Run run) {
    Bitmap<>::add_usable(run);
    known_ = false;
  }
  [[nodiscard]] FrameCount largest_free_run() const {
    const bool stale = known_ && used_frames() > FrameCount{0};
    return stale ? longest_ : Bitmap<>::largest_free_run();
  }

 private:
  FrameCount longest_;
  bool known_ = false;
};

/// Counts its frames in use once more, for its self-check alone; forgets blocks at an alignment.
class SecondCountDrifts : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::accounting, .check = Check::invalid};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (!got.is_none() && alignment == FrameCount{1}) counted_ += count;
    return got;
  }
  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed) counted_ -= *freed;
    return freed;
  }
  [[nodiscard]] const char* validate() const {
    return counted_ == used_frames() ? Bitmap<>::validate() : "the second count is right";
  }

 private:
  FrameCount counted_;
};

/// Takes a frame inside a block for the block's first, when asked for the block.
class TailTakenForBlock : public Coremap {
 public:
  static constexpr Fault kFault{.clause = Clause::accounting, .check = Check::block_at};

  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const {
    const std::optional<Run> block = Coremap::block_at(pfn);
    if (!block) return block;
    return Run{pfn, block->end() - pfn};
  }
};

/// Counts the frames that come back one by one in a summary, which loses one when all have.
class SummaryNotRestored : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::restitution,
                                .check = Check::largest_free_run,
                                .calls = 2048,
                                .frames = 1024};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    returned_ = FrameCount{0};
    return Bitmap<>::allocate(count, alignment);
  }

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed && *freed == FrameCount{1}) returned_ += FrameCount{1};
    return freed;
  }
  [[nodiscard]] FrameCount largest_free_run() const {
    const bool all = returned_ >= FrameCount{1024} && returned_ == managed_frames();
    return Bitmap<>::largest_free_run() - FrameCount{all ? 1U : 0U};
  }

 private:
  FrameCount returned_;  ///< since the last allocation
};

}  // namespace assay
