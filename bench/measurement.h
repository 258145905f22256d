/// Times cells that were judged: Google Benchmark repeats them in random order.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "bench/cell.h"

namespace assay {

/// Fills in the repetitions of every cell that passed: as many as asked for, or, where that would
/// take more than half a minute, fewer, but at least three.
/// `progress` is told in front of each repetition.
/// Returns: Google Benchmark's own JSON, in which the others are marked as errors.
[[nodiscard]] std::string measure(std::span<Cell> cells, HostMemory& memory,
                                  std::uint32_t repetitions, const Progress& progress);

}  // namespace assay
