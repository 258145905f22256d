/// Which frames: a set of frame numbers, kept as few runs.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "impls/frame.h"

namespace assay::kernel {

/// Runs in ascending order that neither overlap nor touch. A set of more than kCapacity runs ends
/// the kernel: no memory map of a loader comes near it.
class RunList {
 public:
  static constexpr std::size_t kCapacity = 64;

  [[nodiscard]] std::span<const Run> runs() const { return {runs_.data(), size_}; }
  [[nodiscard]] FrameCount frames() const;
  [[nodiscard]] bool is_empty() const { return size_ == 0; }
  /// The frame behind the last one. Requires: not empty.
  [[nodiscard]] Pfn end() const { return runs_[size_ - 1].end(); }

  [[nodiscard]] bool contains(Pfn pfn) const { return contains(Run{pfn, FrameCount{1}}); }
  /// True if every frame of `run` is in the set.
  [[nodiscard]] bool contains(Run run) const;
  /// True if some frame of `run` is in the set.
  [[nodiscard]] bool touches(Run run) const;
  /// The part of the set that lies in `window`.
  [[nodiscard]] RunList within(Run window) const;
  /// The lowest place for `count` frames in a row at or above `from`, or none.
  [[nodiscard]] Pfn find(FrameCount count, Pfn from) const;

  void add(Run run);
  void remove(Run run);

 private:
  void append(Run run);

  std::array<Run, kCapacity> runs_{};
  std::size_t size_ = 0;
};

}  // namespace assay::kernel
