/// Writes a workload's operations while somebody performs them, so that what comes next may depend
/// on what came of the requests before: an occupancy is held, though some of them failed.
///
/// The result is a sequence like any other: it is judged, saved and replayed as it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bench/workloads.h"
#include "impls/frame.h"
#include "oracle/host/any_design.h"

namespace assay {

class Recorder {
 public:
  struct Block {
    std::uint32_t name;
    Run run;
  };

  /// Appends to the operations of `workload`, whose arena is set.
  Recorder(Workload& workload, const Performer& performer);

  /// Requests `frames` frames. Returns: the block, or nothing if the performer had none.
  std::optional<Block> allocate(std::uint32_t frames);
  void free(const Block& block);
  /// What the performer has kept for itself.
  [[nodiscard]] std::span<const Run> kept() const {
    return design_ ? design_->kept() : std::span<const Run>();
  }
  /// Appends requests, each with a free of what it gives, if anything; none is performed.
  void append_attempts(std::uint32_t frames);

 private:
  std::uint32_t append_request(std::uint32_t frames);

  Workload& workload_;
  std::optional<AnyDesign> design_;  ///< nobody: every request is served, the next frames in turn
  Pfn next_;
  std::uint32_t names_ = 0;
};

}  // namespace assay
