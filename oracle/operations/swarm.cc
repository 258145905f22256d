#include "oracle/operations/swarm.h"

#include <algorithm>

namespace assay {

namespace {

constexpr std::uint32_t kMinLength = 64;
constexpr std::uint32_t kSmallFrames = 64;  // up to here everything is judged after each call

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

SwarmSequence::SwarmSequence(std::uint64_t seed, std::uint32_t frames, const Contract& contract)
    : random_(seed),
      given_(swarm_arena(random_, frames)),
      fit_(fit_arena(given_, contract)),
      weights_(swarm_weights(random_, given_)),
      length_(swarm_length(given_.frames)) {}

bool SwarmSequence::next(Operation& operation) {
  if (position_ == length_) return false;
  ++position_;
  operation = fit_.fitted(random_operation(random_, given_, names_, weights_));
  if (operation.names_block()) ++names_;
  return true;
}

Survey survey_swarm(SwarmSequence sequence) {
  Survey survey;
  survey.arena = sequence.arena();
  Operation operation;
  while (sequence.next(operation)) count_operation(survey, operation);
  return survey;
}

void SwarmSum::add(std::uint32_t trial_operations, std::uint64_t trial_hash) {
  ++sequences;
  operations += trial_operations;
  for (const std::uint64_t word : {trial_hash >> 32, trial_hash & 0xFFFF'FFFF}) {
    hash = (hash ^ word) * 0x0000'0100'0000'01B3U;
  }
}

}  // namespace assay
