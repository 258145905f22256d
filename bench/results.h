/// The results as JSON: the arrays `workloads` and `cells` of bench.json.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include "bench/cell.h"

namespace assay {

struct RunFacts {
  std::uint32_t repetitions = 0;
  int pinned_cpu = -1;  ///< −1: not pinned
  bool smoke = false;
  bool judged_whole = true;         ///< false: kCallsOnly
  std::string instructions_note{};  ///< why none were counted, or empty
};

/// Cells of designs go to `cells`, those of the yardstick to `references`, since it cannot win.
/// What a plug-in was not measured on goes to `left_out`, with the reason.
/// Of the second entries only the noise floors are shown, by workload.
[[nodiscard]] std::string to_json(const RunFacts& facts,
                                  const std::deque<PreparedWorkload>& workloads,
                                  std::span<const Cell> cells, std::span<const Cell> seconds = {});

}  // namespace assay
