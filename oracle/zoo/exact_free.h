/// Valid frees that go wrong.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "impls/coremap/coremap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Releases one frame, whatever the block's length.
class FirstFrameReleased : public Coremap {
 public:
  static constexpr Fault kFault{
      .clause = Clause::exact_free, .check = Check::wrong_size, .calls = 2};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Coremap::free(pfn);
    return freed ? FreeResult(FrameCount{1}) : freed;
  }
};

/// Looks for its answer once the frames are free: a block of several is released, and refused as a
/// double free.
class RefusedAfterRelease : public Coremap {
 public:
  static constexpr Fault kFault{.clause = Clause::exact_free, .check = Check::refused, .calls = 2};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Coremap::free(pfn);
    if (!freed || *freed == FrameCount{1}) return freed;
    return std::unexpected(Misuse::already_free);
  }
};

/// `>=` for `>`: a block that ends with the arena is taken for one outside.
class LastBlockRefused : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::exact_free, .check = Check::refused, .calls = 2};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    end_ = map.arena().end();
    Bitmap<>::init(map, window, metadata);
  }

  FreeResult free(Pfn pfn) {
    const std::optional<Run> block = block_at(pfn);
    const bool is_valid = block && block->first == pfn;
    if (is_valid && block->end() == end_) return std::unexpected(Misuse::outside_arena);
    return Bitmap<>::free(pfn);
  }

 private:
  Pfn end_;
};

/// Notes the lengths of long blocks in a table of four; one that fell out counts as a single frame.
class LengthForgotten : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::exact_free, .check = Check::wrong_size, .calls = 6};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (got.is_none() || count == FrameCount{1}) return got;
    for (unsigned i = 3; i > 0; --i) noted_[i] = noted_[i - 1];
    noted_[0] = got;
    return got;
  }

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    for (const Pfn first : noted_) {
      if (first == pfn) return freed;
    }
    return freed ? FreeResult(FrameCount{1}) : freed;
  }

 private:
  Pfn noted_[4];  ///< newest first
};

}  // namespace assay
