/// Frames that tests take.
#pragma once

#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/ktap.h"

namespace assay::kernel {

/// Frames that a second directory of the kernel's takes: its tables for low memory, and itself.
[[nodiscard]] inline FrameCount frames_of_a_directory() {
  return FrameCount{table_index(direct_address(memory().layout.low_end)) -
                    table_index(kDirectMapBase) + 1};
}
/// And those that an address space takes, with some pages.
inline constexpr FrameCount kFramesOfASpace{80};

/// Skips a test where somebody else's allocator has fewer frames than it takes.
[[nodiscard]] inline bool has_frames(Test& test, FrameCount needed) {
  if (count_frames().free >= needed) return true;
  test.skip("the allocator manages fewer frames than that takes");
  return false;
}

/// As many frames must be free behind its scope as in front of it.
class CountsStay {
 public:
  explicit CountsStay(Test& test) : test_(test) {}
  CountsStay(const CountsStay&) = delete;
  CountsStay& operator=(const CountsStay&) = delete;
  ~CountsStay() { test_.check(count_frames() == before_, "the counts are as before"); }

 private:
  Test& test_;
  FrameCounts before_ = count_frames();
};

/// So that few are left: each holds the number of the one before.
class FrameChain {
 public:
  explicit FrameChain(Zone& zone) : zone_(zone) {}

  void take_all() {
    for (Pfn pfn = zone_.allocate(kOne); !pfn.is_none(); pfn = zone_.allocate(kOne)) {
      *word_in(pfn) = last_.value();
      last_ = pfn;
    }
  }
  /// Returns: false if there is none.
  bool give_back_one() {
    if (last_.is_none()) return false;
    const Pfn before{*word_in(last_)};
    give_frame(last_);
    last_ = before;
    return true;
  }
  void give_back_all() {
    while (give_back_one()) {
    }
  }

 private:
  static constexpr FrameCount kOne{1};

  static std::uint32_t* word_in(Pfn pfn) {
    return reinterpret_cast<std::uint32_t*>(frame_bytes(pfn));
  }

  Zone& zone_;
  Pfn last_;
};

}  // namespace assay::kernel
