/// Random arenas and operations, with a taste for edges: 0, 1, all, one too many, the last frame.
#pragma once

#include <cstdint>

#include "oracle/operations/operation.h"
#include "oracle/operations/random.h"

namespace assay {

/// A valid arena of 1 … max_frames frames; bases near 0, odd ones, and ones near the last Pfn.
[[nodiscard]] Arena random_arena(Random& random, std::uint32_t max_frames);

/// A number of frames: mostly small, sometimes about the arena's size, 0, or absurd.
[[nodiscard]] FrameCount random_count(Random& random, FrameCount frames);

/// An alignment: mostly 1, else a power of two, rarely one that must be refused.
[[nodiscard]] FrameCount random_alignment(Random& random);

/// An operation that may follow `names` named blocks.
[[nodiscard]] Operation random_operation(Random& random, const Arena& arena, std::uint32_t names);

}  // namespace assay
