/// What libFuzzer's custom mutator and crossover do: they change whole operations, so that a mutant
/// is a sequence again.
///
/// Two arenas in three have at most 64 frames: what is found there is found sooner. Sequences may
/// grow with the arena, since a large one must be filled before it shows anything.
#pragma once

#include <cstdint>

#include "oracle/host/sequence.h"
#include "oracle/operations/random.h"

namespace assay {

/// How large arenas are made. One in 16 is of any size up to `largest`: it costs more to run.
struct ArenaSizes {
  std::uint32_t usual = 1U << 10;    ///< frames
  std::uint32_t largest = 1U << 16;  ///< what a target takes (fuzz/input_limits.h)
};

/// Operations that a sequence over such an arena may have: enough to fill it a few times.
[[nodiscard]] std::uint32_t most_operations(FrameCount frames);

/// A short sequence over any arena.
[[nodiscard]] Sequence fresh_sequence(Random& random, const ArenaSizes& sizes);

/// Inserts operations, some of them with the weights of a swarm; drops, repeats or swaps some;
/// changes a length or an alignment; retargets a free; or changes the memory map. The result has
/// at most `most_operations`.
void mutate(Random& random, Sequence& sequence, const ArenaSizes& sizes);

/// Something of both, in the arena of the first: its beginning and the end of the other, or both
/// woven into each other, each with its own blocks. At most `most_operations`.
[[nodiscard]] Sequence crossed(Random& random, const Sequence& first, const Sequence& second);

}  // namespace assay
