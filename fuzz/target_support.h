/// What all libFuzzer targets do alike: known bugs, the draws of how deep to look, and what happens
/// behind an input that broke a clause.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "fuzz/known_bugs.h"
#include "fuzz/totals.h"
#include "oracle/operations/random.h"
#include "oracle/trial.h"

namespace assay {

/// Call it first. `leave` writes what was counted; it is called at the end of the process.
void start_target(const char* name, void (*leave)());

/// Of this process; as the environment has them (fuzz/known_bugs.h).
[[nodiscard]] KnownBugs& known_bugs();

/// Writes what a target has counted, with the hits of known bugs, as fuzz/totals.h has it.
void leave_counts(const Totals& totals, const Contract& contract);

/// Draws that depend on the input alone, so that it is judged alike each time.
[[nodiscard]] Random draws_of(std::span<const std::uint8_t> bytes);

/// What would cost more than all the rest is done for some inputs only: one in 128 has every frame
/// looked at, if there are at most 4,096 (asked for its block, a design may walk along it, so the
/// cost may grow with the square); one in 512 is judged over whole frames.
[[nodiscard]] Depth draw_depth(Random& draws, FrameCount frames);

/// `leave`, now and then, and more often at first: a sanitizer's death leaves no time for it.
void leave_now_and_then(std::uint64_t executions);

/// Whether a known memory error ended the trial of these bytes; then its verdict is void, and the
/// input is to be turned away from the corpus.
[[nodiscard]] bool met_memory_error(std::span<const std::uint8_t> bytes);

/// Behind an input that broke a clause. One that is known is counted and turned away from the
/// corpus, since what grows out of it would mostly break the same again. Any other prints
/// `ASSAY-VERDICT key text` and aborts, so that libFuzzer keeps the input.
/// Returns: what LLVMFuzzerTestOneInput is to return.
[[nodiscard]] int end_broken(std::string_view key, std::string_view text,
                             std::span<const std::uint8_t> bytes);

}  // namespace assay
