/// The two numbers that stand for a set of repetitions; a single disturbed one moves neither much.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace assay {

/// The middle value, or the mean of the two middle ones. Requires: not empty.
[[nodiscard]] inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// The median of the distances from the median. Requires: not empty.
[[nodiscard]] inline double median_absolute_deviation(std::vector<double> values) {
  const double centre = median(values);
  for (double& value : values) value = std::abs(value - centre);
  return median(std::move(values));
}

}  // namespace assay
