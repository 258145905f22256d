/// The sequences of a swarm, one operation at a time and without a heap: host and kernel make the
/// same from the same number.
///
/// Each sequence has weights of its own, and a length that grows with the arena: a large one must
/// be filled before it shows anything.
#pragma once

#include <cstdint>

#include "oracle/operations/arena_fit.h"
#include "oracle/operations/bytes.h"
#include "oracle/operations/generator.h"

namespace assay {

/// Sequence number `seed` of a swarm over arenas of at most `frames` frames, made to fit to what a
/// design with this contract takes.
class SwarmSequence {
 public:
  /// Requires: frames > 0.
  SwarmSequence(std::uint64_t seed, std::uint32_t frames, const Contract& contract = {});

  [[nodiscard]] const Arena& arena() const { return fit_.arena; }
  [[nodiscard]] std::uint32_t length() const { return length_; }

  /// Makes the next operation. Returns: false at the end.
  [[nodiscard]] bool next(Operation& operation);

 private:
  Random random_;
  Arena given_;  ///< before it was made to fit; operations are drawn for this one
  ArenaFit fit_;
  Weights weights_;
  std::uint32_t length_;
  std::uint32_t position_ = 0;
  std::uint32_t names_ = 0;
};

/// What such a sequence needs to be run. Takes a copy: it goes through all of it.
[[nodiscard]] Survey survey_swarm(SwarmSequence sequence);

/// What the trials of several sequences came to, in turn.
struct SwarmSum {
  std::uint32_t sequences = 0;
  std::uint64_t operations = 0;
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;

  /// Adds one trial: the operations that it began, and its hash.
  void add(std::uint32_t trial_operations, std::uint64_t trial_hash);
};

}  // namespace assay
