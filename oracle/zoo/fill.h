/// Promises to fill free frames, and leaves some bytes as they were or writes over others.
#pragma once

#include <algorithm>

#include "impls/bitmap/bitmap.h"
#include "oracle/zoo/fault.h"

namespace assay {

/// Bitmap with filled free frames, done right.
class FillingBitmap : public Bitmap<> {
 public:
  static constexpr std::byte kFill{0xFF};
  static constexpr Contract contract{.link_bytes = 8, .fill = kFill};

  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    for (const Run& run : map.usable) fill(run);
    Bitmap<>::init(map, window, metadata);
  }
  void add_usable(Run run) {
    fill(run);
    Bitmap<>::add_usable(run);
  }

 protected:
  void fill(Run run) {
    for (std::uint32_t i = 0; i < run.count.value(); ++i) {
      std::fill_n(window_(run.first + FrameCount{i}), kFrameBytes, kFill);
    }
  }
  FreeResult free_filled(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed) fill({pfn, *freed});
    return freed;
  }

  FrameWindow window_;
};

/// Fills the first frame of a block that is freed, and no other.
class SecondFrameNotFilled : public FillingBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::fill, .check = Check::fill, .calls = 2};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    if (freed) fill({pfn, FrameCount{1}});
    return freed;
  }
};

/// Fills what it was given, but not what is added later.
class GrowthNotFilled : public FillingBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::fill, .check = Check::fill};

  void add_usable(Run run) { Bitmap<>::add_usable(run); }
  FreeResult free(Pfn pfn) { return free_filled(pfn); }
};

/// Keeps two words more in a free frame than it says.
class LinksWiderThanDeclared : public FillingBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::fill, .check = Check::fill, .calls = 2};

  FreeResult free(Pfn pfn) {
    const FreeResult freed = free_filled(pfn);
    if (freed) std::fill_n(window_(pfn), 2 * contract.link_bytes, std::byte{0});
    return freed;
  }
};

/// Fills before it asks whether the free is a good one: a frame in use, if it lies inside a block.
class RefusedFreeFilled : public FillingBitmap {
 public:
  static constexpr Fault kFault{.clause = Clause::memory, .check = Check::content, .calls = 2};

  FreeResult free(Pfn pfn) {
    if (block_at(pfn)) fill({pfn, FrameCount{1}});
    return free_filled(pfn);
  }
};

}  // namespace assay
