/// Requests that fail although a fitting run is free.
#pragma once

#include "impls/bitmap/bitmap.h"
#include "impls/coremap/coremap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// `>` for `>=`: a run that fits exactly is refused.
class ExactFitRefused : public Coremap {
 public:
  static constexpr Fault kFault{.clause = Clause::completeness, .check = Check::missed};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (count >= largest_free_run()) return Pfn::none();
    return Coremap::allocate(count, alignment);
  }
};

/// Searches single frames from the cursor on, and drops what it finds after the wrap.
class WrapDropped : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::completeness, .check = Check::missed, .calls = 3};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (got.is_none() || count > FrameCount{1} || alignment > FrameCount{1}) return got;
    const bool wrapped = !last_.is_none() && got < last_;
    last_ = got;
    if (!wrapped) return got;
    return lose<Bitmap<>>(*this, got);
  }

 private:
  Pfn last_;  ///< the single frame handed out last
};

/// `<` for `<=`: a longer run is never looked for at the last position.
class LastPositionNotTried : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::completeness, .check = Check::missed};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    end_ = map.arena().end();
    Bitmap<>::init(map, window, metadata);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (got.is_none() || count == FrameCount{1} || got + count != end_) return got;
    return lose<Bitmap<>>(*this, got);
  }

 private:
  Pfn end_;
};

/// Finds nothing behind the last whole group of frames; a smaller arena is searched whole.
template <std::uint32_t kGroup>
class TailSkipped : public Bitmap<> {
 public:
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    const std::uint32_t whole = map.frames.value() / kGroup * kGroup;
    tail_ = whole == 0 ? map.arena().end() : map.base + FrameCount{whole};
    Bitmap<>::init(map, window, metadata);
  }

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (got.is_none() || got + count <= tail_) return got;
    return lose<Bitmap<>>(*this, got);
  }

 private:
  Pfn tail_;
};
/// Searches whole words of 64 frames.
class TailWordSkipped : public TailSkipped<64> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::completeness, .check = Check::missed, .frames = 65};
};

/// Searches whole words of a summary, of 1,024 frames.
class SummaryTailSkipped : public TailSkipped<1024> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::completeness, .check = Check::missed, .frames = 1025};
};

/// A block that is freed is not merged with the free frames behind it.
class RightNotMerged : public Coremap {
 public:
  static constexpr Fault kFault{.clause = Clause::completeness, .check = Check::missed, .calls = 3};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = Coremap::allocate(count, alignment);
    if (got.is_none() || seam_.is_none() || got >= seam_ || got + count <= seam_) return got;
    return lose<Coremap>(*this, got);
  }

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Coremap::free(pfn);
    if (freed) seam_ = pfn + *freed;
    return freed;
  }

 private:
  Pfn seam_;  ///< no run is found across it
};

/// Keeps single frames that were freed in a cache of two, and does not empty it when it is full
/// and a run needs them.
class CacheNotDrained : public Bitmap<> {
 public:
  static constexpr Fault kFault{.clause = Clause::completeness, .check = Check::missed, .calls = 5};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (cached_ == 2 && count > FrameCount{1} && count == largest_free_run()) return Pfn::none();
    const Pfn got = Bitmap<>::allocate(count, alignment);
    if (!got.is_none() && count == FrameCount{1} && cached_ > 0) --cached_;
    return got;
  }

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed && *freed == FrameCount{1} && cached_ < 2) ++cached_;
    return freed;
  }

 private:
  std::uint32_t cached_ = 0;
};

/// Knows runs of up to 1,023 frames; longer ones fail, although the contract knows no such limit.
class OrderLimit : public Bitmap<> {
 public:
  static constexpr Fault kFault{
      .clause = Clause::completeness, .check = Check::missed, .frames = 1024};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return count >= FrameCount{1024} ? Pfn::none() : Bitmap<>::allocate(count, alignment);
  }
};

}  // namespace assay
