#include "bench/cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay {

namespace {

constexpr double kMaxPasses = 200;

/// `pass`, or how the trial and the replay that is to be timed differ.
std::string compare(const Outcomes& trial, const Tally& replayed) {
  const Tally judged{trial.allocated, trial.none, trial.freed};
  if (judged == replayed) return "pass";
  return fmt::format(
      "the trial made {} allocations, {} failures and {} frees, but the replay {}, {} and {}",
      judged.allocated, judged.failed, judged.freed, replayed.allocated, replayed.failed,
      replayed.freed);
}

}  // namespace

std::expected<PreparedWorkload, std::string> prepare(Workload workload) {
  auto plan = make_plan(workload);
  if (!plan) return std::unexpected(plan.error());
  return PreparedWorkload{std::move(workload), std::move(*plan)};
}

void judge(Cell& cell, HostMemory& memory, double repetition_ns) {
  const Contestant& contestant = *cell.contestant;
  const Sequence& sequence = cell.prepared->workload.sequence;
  TrialResult trial;
  if (!contestant.is_reference) {
    trial = contestant.judge(memory, sequence);
    cell.placement_hash = trial.hash;
    if (!trial.verdict.passed()) {
      cell.oracle = trial.verdict.text.c_str();
      return;
    }
  }
  const Pass pass = contestant.pass(memory, sequence.arena, cell.prepared->plan);
  cell.tally = pass.measured;
  cell.used_at_end = pass.used_at_end;
  cell.passes = static_cast<std::uint32_t>(
      std::clamp(std::ceil(repetition_ns / std::max(pass.nanoseconds, 1.0)), 1.0, kMaxPasses));
  if (contestant.is_reference) {
    cell.oracle = "pass";
  } else {
    cell.oracle = compare(trial.outcomes, pass.set_up + pass.measured);
  }
}

}  // namespace assay
