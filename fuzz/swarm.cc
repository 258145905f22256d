#include "fuzz/swarm.h"

#include <algorithm>
#include <utility>

#include "oracle/host/fit.h"
#include "oracle/operations/generator.h"

namespace assay {

namespace {

constexpr std::uint32_t kMinLength = 64;
constexpr std::uint32_t kSmallFrames = 64;        // up to here everything is judged after each call
constexpr std::uint64_t kWholeFramesEvery = 128;  // they cost ten times as much as edges

/// Mostly in the upper half of what was asked for; one in 16 is small.
Arena swarm_arena(Random& random, std::uint32_t frames) {
  if (random.one_in(16)) return random_arena(random, 1, std::min(frames, kSmallFrames));
  return random_arena(random, frames - frames / 2, frames);
}

/// Enough to fill and empty the arena a few times.
std::uint32_t swarm_length(FrameCount frames) {
  const std::uint32_t often = std::min(16 * frames.value(), 4096U);
  return std::max({kMinLength, often, 4 * frames.value()});
}

}  // namespace

Sequence swarm_sequence(std::uint64_t seed, std::uint32_t frames, const Contract& contract) {
  Random random(seed);
  Sequence sequence{.arena = swarm_arena(random, frames), .operations = {}};
  const Weights weights = swarm_weights(random, sequence.arena);
  const std::uint32_t length = swarm_length(sequence.arena.frames);
  sequence.operations.reserve(length);
  std::uint32_t names = 0;
  for (std::uint32_t i = 0; i < length; ++i) {
    sequence.operations.push_back(random_operation(random, sequence.arena, names, weights));
    if (sequence.operations.back().names_block()) ++names;
  }
  return fitted(std::move(sequence), contract);
}

Verdict run_swarm(const DesignEntry& design, std::uint32_t frames, std::uint64_t& seed,
                  Totals& totals, const std::function<bool()>& goes_on) {
  HostMemory memory;
  for (; goes_on(); ++seed) {
    const bool whole = seed % kWholeFramesEvery == 0;
    memory.set_depth({.content = whole ? ContentDepth::whole : ContentDepth::edges});
    const TrialResult result = design.run(memory, swarm_sequence(seed, frames, design.contract()));
    totals.add(result.outcomes);
    if (!result.verdict.passed()) return result.verdict;
  }
  return {};
}

}  // namespace assay
