/// How memory fills and scatters while a cell's sequence runs: untimed, seen from outside.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/cell.h"

namespace assay {

/// The arena behind one operation.
struct TimelineSample {
  std::uint32_t operation;  ///< its position in the sequence, from 1, set-up included
  FrameCount used;
  FrameCount free;
  FrameCount largest_free_run;
  std::optional<double> unusable_4;  ///< FrameMap::unusable_free
  std::optional<double> unusable_9;
  std::optional<double> free_huge_share;
  std::optional<std::uint64_t> moves;
  std::uint32_t failed;  ///< requests so far
};

/// What of each part of the arena was in use behind one operation.
struct HeatmapColumn {
  std::uint32_t operation;
  std::vector<std::optional<double>> used;  ///< low frames first
};

struct Timeline {
  FrameCount usable;
  std::vector<TimelineSample> samples;
  std::vector<HeatmapColumn> heatmap;
};

/// At most so many of each; as many as there are operations where these are fewer.
struct TimelineSize {
  std::uint32_t samples = 300;
  std::uint32_t columns = 128;
  std::uint32_t rows = 64;
};

/// Lets the contestant perform the whole sequence; the samples lie evenly over all operations, the
/// last behind the last one. Requires: the oracle passed him on it.
/// Returns: or how a plug-in stopped, where the trial had not.
[[nodiscard]] std::expected<Timeline, std::string> follow(const Contestant& contestant,
                                                          const Sequence& sequence,
                                                          HostMemory& memory,
                                                          TimelineSize size = {});

/// timeline.json: an entry for each cell that the oracle passed.
[[nodiscard]] std::string timelines_json(std::span<const Cell> cells, HostMemory& memory,
                                         const Progress& progress);

}  // namespace assay
