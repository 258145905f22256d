/// Requests for nothing, for too much, and at odd alignments.
#pragma once

#include <bit>

#include "impls/bitmap/bitmap.h"
#include "impls/coremap/coremap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// A request for 0 frames gets a frame that stays free.
class NothingGrantedUnreserved : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::edge_request, .check = Check::granted};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (count > FrameCount{0}) return Bitmap<>::allocate(count, alignment);
    const Pfn got = Bitmap<>::allocate(FrameCount{1}, alignment);
    static_cast<void>(lose<Bitmap<>>(*this, got));
    return got;
  }
};

/// A request for 0 frames is one for 1.
class NothingRoundedUp : public Coremap {
 public:
  static constexpr Fault kFault{.clause = Clause::edge_request, .check = Check::granted};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return Coremap::allocate(count == FrameCount{0} ? FrameCount{1} : count, alignment);
  }
};

/// An alignment that is no power of two is rounded up to one.
class OddAlignmentRounded : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::edge_request, .check = Check::granted};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return Bitmap<>::allocate(count, FrameCount{std::bit_ceil(alignment.value())});
  }
};

/// Asks of an alignment only that the run found is a multiple of it.
class OddAlignmentServed : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::edge_request, .check = Check::granted};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const bool is_odd = alignment > FrameCount{0} && !is_satisfiable(FrameCount{1}, alignment);
    if (!is_odd) return Bitmap<>::allocate(count, alignment);
    const Pfn got = Bitmap<>::allocate(count);
    if (got.is_none() || got.value() % alignment.value() == 0) return got;
    return lose<Bitmap<>>(*this, got);
  }
};

/// Compares with `frames - count`, which wraps when more is wanted than there is: success at 0.
class SizeUnderflow : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::placement, .check = Check::overlaps};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    map_ = map.arena();
    Bitmap<>::init(map, window, metadata);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (is_satisfiable(count, alignment) && count > map_.count) return map_.first;
    return Bitmap<>::allocate(count, alignment);
  }

 private:
  Run map_;
};

/// Takes the first run that fits if its place in the arena is aligned, not its Pfn.
class AlignedByIndex : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::placement, .check = Check::misaligned};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    base_ = map.base;
    Bitmap<>::init(map, window, metadata);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (!is_satisfiable(count, alignment)) return Pfn::none();
    const Pfn got = Bitmap<>::allocate(count);
    if (got.is_none() || (got - base_).value() % alignment.value() == 0) return got;
    static_cast<void>(lose<Bitmap<>>(*this, got));
    return Bitmap<>::allocate(count, alignment);
  }

 private:
  Pfn base_;
};

}  // namespace assay
