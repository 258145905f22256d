/// The memory that a trial works in: every byte of it lies in frames of the kernel.
#pragma once

#include "kernel-shim/memory/mapped_frames.h"
#include "oracle/operations/bytes.h"
#include "oracle/trial.h"

namespace assay::kernel {

/// Frames for one trial, given back when its scope ends.
class TrialRoom {
 public:
  /// Takes what the trial of a surveyed sequence needs: a frame for each of its arena, metadata and
  /// the oracle's books. Returns: false with the reason in `why` if the design does not take such
  /// an arena, or the machine has not as many frames.
  [[nodiscard]] bool take(const Survey& survey, TextBuffer& why);

  /// Requires: take returned true.
  [[nodiscard]] TrialMemory memory() const;

 private:
  Arena arena_;
  std::uint64_t metadata_bytes_ = 0;
  std::uint64_t book_bytes_ = 0;
  MappedFrames metadata_;
  MappedFrames books_;
  MappedFrames ram_;
};

}  // namespace assay::kernel
