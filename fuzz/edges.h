/// What the checked edges of frames hold: the part of RAM that a state of the explorer knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "impls/frame.h"
#include "oracle/operations/operation.h"

namespace assay {

/// The edges of a frame, as words in a row.
inline constexpr std::size_t kEdgeWordsPerFrame = 16;
void read_edges(const FrameWindow& ram, Run frames, std::span<std::uint64_t> words);
void write_edges(const FrameWindow& ram, Run frames, std::span<const std::uint64_t> words);

/// What a trial writes into the frames of an arena.
struct EdgePatterns {
  std::vector<std::uint64_t> at_first;  ///< before the allocator sees them
  std::vector<std::uint64_t> owned;     ///< in frames that are in use
  std::uint32_t owner = 0;              ///< the owner that the model notes for such a block
};
[[nodiscard]] EdgePatterns edge_patterns(const Arena& arena);

}  // namespace assay
