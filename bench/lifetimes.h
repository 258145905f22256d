/// Blocks that live as long as a kernel's do: most for a moment, some for good.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/workloads.h"

namespace assay {

struct Lifetimes {
  std::uint32_t per_mille;  ///< of the frames are in use
  /// Of order 0, 1, 2, …: how many of all requests, in relation to each other.
  std::vector<std::uint32_t> shares;
  /// How many requests later a block is freed: quantiles at equal distances, from the shortest to
  /// the longest life; at least two, ascending.
  std::vector<std::uint32_t> quantiles;
  std::uint32_t outlive_per_mille;  ///< of the blocks stay until memory is short
};

/// Requests and frees in the order of time, the same for every design. Where a request would not
/// fit under the occupancy, blocks that had stayed are freed at random; where there are none, those
/// that are the next to go.
void lifetimes(Workload& workload, const Scale& scale, const Lifetimes& blocks);

}  // namespace assay
