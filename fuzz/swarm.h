/// Swarm testing: random sequences, each with weights of its own, without instrumentation.
///
/// Every sequence comes from one number, so what was found can be made again from it. Sequences
/// grow with the arena: a large one must be filled before it shows anything.
#pragma once

#include <cstdint>
#include <functional>

#include "fuzz/totals.h"
#include "oracle/host/registry.h"

namespace assay {

/// The sequence number `seed` of a swarm over an arena of at most `frames` frames, such as a design
/// with this contract takes.
[[nodiscard]] Sequence swarm_sequence(std::uint64_t seed, std::uint32_t frames,
                                      const Contract& contract = {});

/// Runs the sequences seed, seed + 1, … until one breaks a clause or `goes_on` says no. Every 128th
/// is judged over whole frames.
/// Returns: the broken verdict, or one that passed.
[[nodiscard]] Verdict run_swarm(const DesignEntry& design, std::uint32_t frames,
                                std::uint64_t& seed, Totals& totals,
                                const std::function<bool()>& goes_on);

}  // namespace assay
