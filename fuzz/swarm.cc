#include "fuzz/swarm.h"

#include <algorithm>

namespace assay {

namespace {

constexpr std::uint64_t kWholeFramesEvery = 128;  // they cost ten times as much as edges

}  // namespace

Sequence swarm_sequence(std::uint64_t seed, std::uint32_t frames, const Contract& contract) {
  SwarmSequence source(seed, frames, contract);
  Sequence sequence{.arena = source.arena(), .operations = {}};
  sequence.operations.reserve(source.length());
  Operation operation;
  while (source.next(operation)) sequence.operations.push_back(operation);
  return sequence;
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

SwarmSum sum_swarm(const DesignEntry& design, std::uint32_t frames, std::uint64_t seed,
                   std::uint64_t operations, Verdict& verdict) {
  HostMemory memory;
  SwarmSum sum;
  for (; sum.operations < operations && verdict.passed(); ++seed) {
    const Sequence sequence = swarm_sequence(seed, frames, design.contract());
    const TrialResult result = design.run(memory, sequence);
    verdict = result.verdict;
    const auto length = static_cast<std::uint32_t>(sequence.operations.size());
    sum.add(verdict.passed() ? length : std::min(length, verdict.operation), result.hash);
  }
  return sum;
}

}  // namespace assay
