/// Makes a failing sequence as short and as simple as it can without losing its key.
///
/// Greedy, over and over until nothing helps: drops operations (halves first, then ever smaller
/// pieces), lowers lengths and offsets, drops alignments, holes and RAM content, moves the base to
/// 0, makes the arena smaller (alone, together with a length, or down to one run between holes),
/// and turns a stray free into one just behind the start of a block. Blocks keep their identity
/// while others go, so what is left still means the same.
#pragma once

#include <cstdint>
#include <functional>

#include "oracle/host/sequence.h"

namespace assay {

struct Shrunk {
  Sequence sequence;
  std::uint32_t trials = 0;
};

/// `fails` says whether a sequence still has the key; it must hold for `sequence`. Calls it at most
/// `max_trials` times.
[[nodiscard]] Shrunk shrink(const Sequence& sequence,
                            const std::function<bool(const Sequence&)>& fails,
                            std::uint32_t max_trials = 20'000);

}  // namespace assay
