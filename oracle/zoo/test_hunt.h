/// For tests: the random sequences by which members of the zoo are hunted.
#pragma once

#include <cstdint>
#include <iterator>

#include "oracle/test_sequence.h"
#include "oracle/trial.h"

namespace assay {

/// Arenas and lengths are taken in turn; what borders on thousands of frames needs large ones.
[[nodiscard]] inline Sequence zoo_sequence(std::uint64_t seed) {
  struct Rung {
    std::uint32_t max_frames;
    std::uint32_t operations;
  };
  constexpr Rung kLadder[] = {{8, 24}, {64, 96}, {512, 192}, {4096, 384}};
  const Rung rung = kLadder[seed % std::size(kLadder)];
  return random_sequence(seed, rung.max_frames, rung.operations);
}

/// How deep that sequence is looked at: over whole frames is one in 32, which are all in arenas
/// of up to 64 frames.
[[nodiscard]] inline Depth zoo_depth(std::uint64_t seed) {
  return {.content = seed % 32 == 1 ? ContentDepth::whole : ContentDepth::edges};
}

}  // namespace assay
