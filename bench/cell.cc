#include "bench/cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/plugin_contestant.h"

namespace assay {

namespace {

constexpr std::uint32_t kMaxPasses = 200;
constexpr std::uint32_t kMaxRounds = 10'000;
constexpr double kRepeatedNs = 100'000;  ///< long enough for the clock

/// How often something that takes `each_ns` fits into `ns`: at least once, at most `most` times.
std::uint32_t times_within(double ns, double each_ns, std::uint32_t most) {
  return static_cast<std::uint32_t>(
      std::clamp(std::ceil(ns / std::max(each_ns, 1.0)), 1.0, static_cast<double>(most)));
}

/// `pass`, or how the trial and the replay that is to be timed differ.
std::string compare(const Outcomes& trial, const Tally& replayed) {
  const Tally judged{trial.allocated, trial.none, trial.freed};
  if (judged == replayed) return "pass";
  return fmt::format(
      "the trial made {} allocations, {} failures and {} frees, but the replay {}, {} and {}",
      judged.allocated, judged.failed, judged.freed, replayed.allocated, replayed.failed,
      replayed.freed);
}

/// Where a request fails.
bool may_panic(const Contestant& contestant) {
  return contestant.plugin != nullptr &&
         contestant.plugin->contract.on_exhaustion != OnExhaustion::none;
}

/// Sets the verdict if it is not a pass, and what became of the requests.
TrialResult put_on_trial(Cell& cell, HostMemory& memory) {
  const Workload& workload = cell.prepared->workload;
  if (cell.contestant->plugin != nullptr) {
    const std::string verdict = judge_apart(*cell.contestant, memory, workload.sequence);
    if (verdict != "pass") {
      cell.oracle = verdict;
      return {};
    }
  }
  std::uint64_t failed = 0;
  const auto count = [&](const StepView& step) {
    cell.used_at_end = step.model.used_frames();
    const bool has_failed = step.outcomes.none != failed;
    failed = step.outcomes.none;
    if (step.position <= workload.first_measured || !step.operation.names_block()) return;
    Requests& requests = cell.requests[step.operation.count.value()];
    ++requests.all;
    if (has_failed) ++requests.failed;
  };
  TrialResult trial = cell.contestant->judge(memory, workload.sequence, count);
  cell.placement_hash = trial.hash;
  if (!trial.verdict.passed()) cell.oracle = trial.verdict.text.c_str();
  return trial;
}

}  // namespace

std::expected<PreparedWorkload, std::string> prepare(Workload workload) {
  auto plan = make_plan(workload);
  if (!plan) return std::unexpected(plan.error());
  return PreparedWorkload{std::move(workload), std::move(*plan)};
}

double units_of(const Workload& workload, const Tally& tally) {
  if (workload.per == Per::request) return tally.requests();
  switch (workload.timed) {
    case Timed::all: return tally.served();
    case Timed::requests: return tally.allocated;
    case Timed::frees: return tally.freed;
  }
  return 0;
}

std::string file_of(const Cell& cell) {
  const Workload& workload = cell.prepared->workload;
  if (!cell.has_own_sequence) return workload.name + ".opsb";
  return workload.name + "." + cell.contestant->name + ".opsb";
}

double Cell::yardstick_ns(const Pass& done) const {
  const double per_operation = done.nanoseconds / units_of(yardstick->workload, done.measured);
  return prepared->workload.per == Per::request ? 2 * per_operation : per_operation;
}

Pass run_yardstick(const Cell& cell, HostMemory& memory) {
  const PreparedWorkload& yardstick = *cell.yardstick;
  return cell.stack->pass(memory, yardstick.workload.sequence.arena, yardstick.plan, 1);
}

void judge(Cell& cell, HostMemory& memory, double repetition_ns) {
  const Contestant& contestant = *cell.contestant;
  const Arena& arena = cell.prepared->workload.sequence.arena;
  const Plan& plan = cell.prepared->plan;
  TrialResult trial;
  cell.metadata_bytes = contestant.metadata_bytes(arena);
  if (!contestant.is_reference) {
    trial = put_on_trial(cell, memory);
    if (!cell.oracle.empty()) return;
    if (trial.outcomes.none != 0 && may_panic(contestant)) {
      cell.left_out = kMayPanic;
      return;
    }
  }
  const Pass once = contestant.pass(memory, arena, plan, 1);
  cell.tally = once.measured;
  if (contestant.is_reference) cell.used_at_end = once.used_at_end;
  cell.metadata_bytes += once.own_bytes;
  if (!once.mishap.empty()) {
    cell.oracle = fmt::format("the replay stopped, where the trial had not: {}", once.mishap);
    return;
  }
  Pass pass = once;
  if (plan.is_repeatable) {
    cell.rounds = times_within(kRepeatedNs, once.nanoseconds, kMaxRounds);
    pass = contestant.pass(memory, arena, plan, cell.rounds);
  }
  const double whole_ns = pass.whole_nanoseconds + run_yardstick(cell, memory).whole_nanoseconds;
  cell.passes = times_within(repetition_ns, whole_ns, kMaxPasses);
  cell.repetition_ns = whole_ns * cell.passes;
  if (pass.measured != once.measured * cell.rounds) {
    cell.oracle = "the measured steps, done again, came to other results";
  } else if (contestant.is_reference) {
    cell.oracle = "pass";
  } else {
    cell.oracle = compare(trial.outcomes, once.set_up + once.measured);
  }
}

void count_costs(Cell& cell, HostMemory& memory) {
  const Contestant& contestant = *cell.contestant;
  const Arena& arena = cell.prepared->workload.sequence.arena;
  const Plan& plan = cell.prepared->plan;
  if (InstructionClock::why_not().empty()) {
    const Pass pass = contestant.count_instructions(memory, arena, plan, cell.rounds);
    if (cell.units() > 0) cell.instructions = pass.nanoseconds / cell.units();
  }
  if (!contestant.is_reference) cell.touched = measure_touched(contestant, arena, plan, memory);
}

}  // namespace assay
