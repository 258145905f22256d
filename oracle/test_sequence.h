/// For tests: a random sequence from a seed.
#pragma once

#include "oracle/host/sequence.h"
#include "oracle/operations/generator.h"

namespace assay {

[[nodiscard]] inline Sequence random_sequence(std::uint64_t seed, std::uint32_t max_frames,
                                              std::uint32_t operations) {
  Random random(seed);
  Sequence sequence{.arena = random_arena(random, max_frames), .operations = {}};
  std::uint32_t names = 0;
  for (std::uint32_t i = 0; i < operations; ++i) {
    sequence.operations.push_back(random_operation(random, sequence.arena, names));
    if (sequence.operations.back().names_block()) ++names;
  }
  return sequence;
}

}  // namespace assay
