#include "bench/noise.h"

#include <algorithm>
#include <cmath>

#include "bench/statistics.h"

namespace assay {

namespace {

double distance(const std::vector<double>& one, const std::vector<double>& other) {
  return std::abs(median(one) / median(other) - 1);
}

double relative_deviation(const std::vector<double>& values) {
  return median_absolute_deviation(values) / median(values);
}

}  // namespace

std::vector<Cell> second_entries(std::span<const Cell> cells) {
  std::map<std::string, const Cell*> first;
  for (const Cell& cell : cells) {
    const bool is_stack = cell.contestant == cell.stack;
    if (!cell.passed() || (cell.contestant->is_reference && !is_stack)) continue;
    const Cell*& chosen = first[cell.prepared->workload.name];
    if (chosen == nullptr || is_stack) chosen = &cell;
  }
  std::vector<Cell> seconds;
  for (const auto& [workload, cell] : first) {
    seconds.push_back(*cell);
    seconds.back().is_second = true;
  }
  return seconds;
}

std::map<std::string, Noise> noise_of(std::span<const Cell> cells, std::span<const Cell> seconds) {
  std::map<std::string, Noise> noise;
  for (const Cell& second : seconds) {
    const auto first = std::ranges::find_if(cells, [&](const Cell& cell) {
      return cell.contestant == second.contestant && cell.prepared == second.prepared;
    });
    if (first == cells.end() || first->repetitions_ns.empty() || second.repetitions_ns.empty()) {
      continue;
    }
    noise[second.prepared->workload.name] = {
        .contestant = second.contestant->name,
        .floor = distance(second.repetitions_ns, first->repetitions_ns),
        .ratio_floor = distance(second.repetitions_ratio, first->repetitions_ratio),
        .spread = std::max(relative_deviation(first->repetitions_ns),
                           relative_deviation(second.repetitions_ns))};
  }
  return noise;
}

}  // namespace assay
