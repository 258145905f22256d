/// Makes a failing sequence as short and as simple as it can without losing its key.
///
/// First the whole sequence is tried in the smallest arenas. Then, greedy, over and over until
/// nothing helps: drops operations (halves first, then ever smaller pieces), makes one block of
/// neighbours in order of allocation, cuts frames out of the arena with the holes among them,
/// lowers lengths and offsets (a length together with the arena, too), drops alignments, holes and
/// RAM content, moves the base to 0 or 1, and turns a stray free into one just behind the start of
/// a block. Blocks keep their identity while others go, so what is left still means the same.
#pragma once

#include <cstdint>
#include <functional>

#include "oracle/host/sequence.h"

namespace assay {

inline constexpr std::uint32_t kMaxTrials = 20'000;

struct Shrunk {
  Sequence sequence;
  std::uint32_t trials = 0;
};

/// `fails` says whether a sequence still has the key; it must hold for `sequence`. Calls it at most
/// `max_trials` times.
[[nodiscard]] Shrunk shrink(const Sequence& sequence,
                            const std::function<bool(const Sequence&)>& fails,
                            std::uint32_t max_trials = kMaxTrials);

}  // namespace assay
