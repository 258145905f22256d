#include "fuzz/swarm.h"

#include <algorithm>

#include "oracle/operations/generator.h"

namespace assay {

namespace {

constexpr std::uint32_t kMinLength = 64;
constexpr std::uint32_t kOperationsPerFrame = 4;
constexpr std::uint64_t kWholeFramesEvery = 32;  // they cost ten times as much as edges

}  // namespace

Sequence swarm_sequence(std::uint64_t seed, std::uint32_t frames) {
  Random random(seed);
  Sequence sequence{.arena = random_arena(random, frames), .operations = {}};
  const Weights weights = swarm_weights(random);
  const std::uint32_t length =
      std::max(kMinLength, sequence.arena.frames.value() * kOperationsPerFrame);
  sequence.operations.reserve(length);
  std::uint32_t names = 0;
  for (std::uint32_t i = 0; i < length; ++i) {
    sequence.operations.push_back(random_operation(random, sequence.arena, names, weights));
    if (sequence.operations.back().names_block()) ++names;
  }
  return sequence;
}

Verdict run_swarm(const DesignEntry& design, std::uint32_t frames, std::uint64_t& seed,
                  Totals& totals, const std::function<bool()>& goes_on) {
  HostMemory memory;
  for (; goes_on(); ++seed) {
    memory.set_depth(seed % kWholeFramesEvery == 0 ? ContentDepth::whole : ContentDepth::edges);
    const TrialResult result = design.run(memory, swarm_sequence(seed, frames), kToTheEnd, {});
    totals.add(result.outcomes);
    if (!result.verdict.passed()) return result.verdict;
  }
  return {};
}

}  // namespace assay
