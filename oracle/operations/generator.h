/// Random arenas and operations, with a taste for edges: 0, 1, all, one too many, the last frame.
#pragma once

#include <cstdint>

#include "oracle/operations/operation.h"
#include "oracle/operations/random.h"

namespace assay {

/// A valid arena of min_frames … max_frames frames; bases near 0, odd ones, and ones near the last
/// Pfn.
[[nodiscard]] Arena random_arena(Random& random, std::uint32_t min_frames,
                                 std::uint32_t max_frames);

/// One of 1 … max_frames frames, of which two in three have at most 64: what is found there is
/// found sooner.
[[nodiscard]] Arena random_arena(Random& random, std::uint32_t max_frames);

/// How often each kind of operation is drawn, relative to the others; 0 = never.
struct Weights {
  std::uint32_t alloc_one = 12;
  std::uint32_t alloc_run = 4;   ///< 2 … 8 frames, or a power of two
  std::uint32_t alloc_edge = 4;  ///< 0, 1, half, all, one too many, absurd
  std::uint32_t free_block = 13;
  std::uint32_t free_stray = 3;  ///< stale elements, inside blocks, any frame
  std::uint32_t exhaust = 1;
  std::uint32_t free_all = 1;
  std::uint32_t grow = 1;

  [[nodiscard]] std::uint32_t total() const {
    return alloc_one + alloc_run + alloc_edge + free_block + free_stray + exhaust + free_all + grow;
  }
};

/// Weights for one sequence of a swarm: each kind is left out of about a third of the sequences, so
/// that what the others do can pile up. Something is always allocated. `exhaust` and `free all`,
/// which may stand for a call per frame, are the rarer the larger the arena; else hardly anything
/// else would happen there. (Groce, Zhang, Eide, Chen, Regehr: Swarm testing, ISSTA 2012.)
[[nodiscard]] Weights swarm_weights(Random& random, const Arena& arena);

/// A number of frames at the edges: 0, anything up to all, one too many, absurd.
[[nodiscard]] FrameCount random_edge_count(Random& random, FrameCount frames);

/// A number of frames: mostly 1, or a few, sometimes at the edges.
[[nodiscard]] FrameCount random_count(Random& random, FrameCount frames);

/// An alignment: mostly 1, else a power of two, rarely one that must be refused.
[[nodiscard]] FrameCount random_alignment(Random& random);

/// An operation that may follow `names` named blocks.
[[nodiscard]] Operation random_operation(Random& random, const Arena& arena, std::uint32_t names,
                                         const Weights& weights = {});

}  // namespace assay
