/// The noise floor: how far two cells lie apart that are the same.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "bench/cell.h"

namespace assay {

struct Noise {
  std::string contestant;  ///< that was entered twice
  double floor = 0;        ///< how far the ratio of the two medians is from 1
  double ratio_floor = 0;  ///< the same, of their ratios to the stack
  double spread = 0;       ///< the larger median distance from a median, as a share of it
};

/// Of one cell under each workload, to be measured as a cell of its own: of the stack of frame
/// numbers where it has one, else of the first design that the oracle passed.
/// Requires: the cells were judged and not yet measured.
[[nodiscard]] std::vector<Cell> second_entries(std::span<const Cell> cells);

/// By workload. `seconds`: what second_entries gave, measured among the cells.
[[nodiscard]] std::map<std::string, Noise> noise_of(std::span<const Cell> cells,
                                                    std::span<const Cell> seconds);

}  // namespace assay
