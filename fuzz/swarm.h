/// Swarm testing: random sequences, each with weights of its own, without instrumentation.
///
/// Every sequence comes from one number (oracle/operations/swarm.h), so what was found can be made
/// again from it.
#pragma once

#include <cstdint>
#include <functional>

#include "fuzz/totals.h"
#include "oracle/host/registry.h"
#include "oracle/operations/swarm.h"

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

/// Runs the sequences seed, seed + 1, … until they add up to `operations`, or one breaks a clause;
/// then `verdict` says which. The kernel does the same (kernel-shim/tests/swarm_tests.cc) and must
/// come to the same sum. Requires: verdict.passed().
[[nodiscard]] SwarmSum sum_swarm(const DesignEntry& design, std::uint32_t frames,
                                 std::uint64_t seed, std::uint64_t operations, Verdict& verdict);

}  // namespace assay
