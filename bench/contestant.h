/// A design as the driver sees it: how it is judged on a workload and how it is timed on one.
///
/// Both are templated on the design; type erasure ends outside of the timed loop.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/call_times.h"
#include "bench/instructions.h"
#include "bench/plan.h"
#include "bench/timer.h"
#include "bench/workloads.h"
#include "impls/foreign/plugin.h"
#include "oracle/host/host_trial.h"

namespace assay {

/// One replay of a whole plan: initialisation and set-up untimed, the measured steps timed.
struct Pass {
  double nanoseconds = 0;        ///< of the measured steps that are timed, all rounds
  double whole_nanoseconds = 0;  ///< with all that is not timed
  Tally set_up;
  Tally measured;               ///< all rounds
  FrameCount used_at_end;       ///< shows where failed requests have lowered the occupancy
  std::uint64_t own_bytes = 0;  ///< of a plug-in: its data, and the frames that it keeps
  std::string mishap;           ///< of a plug-in: what ended the pass early, or empty
};

struct Contestant {
  std::string name;
  bool is_reference = false;  ///< a yardstick: not judged
  Plugin* plugin = nullptr;   ///< somebody else's (bench/plugin_contestant.h)
  std::function<TrialResult(HostMemory& memory, const Sequence& sequence, const Observer& observer)>
      judge{};
  std::function<AnyDesign()> any{};  ///< an object of it, to write workloads that follow it
  std::function<std::uint64_t(const Arena& arena)> metadata_bytes{};
  std::function<Pass(HostMemory& memory, const Arena& arena, const Plan& plan,
                     std::uint32_t rounds)>
      pass{};
  /// The same; its nanoseconds are instructions (bench/instructions.h).
  std::function<Pass(HostMemory& memory, const Arena& arena, const Plan& plan,
                     std::uint32_t rounds)>
      count_instructions{};
  /// A pass in which every call of the measured steps is timed alone: an entry of `times` for each
  /// step of each round.
  std::function<Pass(HostMemory& memory, const Arena& arena, const Plan& plan, std::uint32_t rounds,
                     std::span<TimedCall> times)>
      time_calls{};
};

template <class Design>
[[nodiscard]] std::uint64_t metadata_bytes_over(const Arena& arena) {
  const UsableRuns usable(arena);
  return Design::metadata_bytes(memory_map(arena, usable));
}

/// Since `begin`.
template <class Clock>
[[nodiscard]] double nanoseconds_since(std::chrono::time_point<Clock> begin) {
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

/// Each stretch `rounds` times; adds to the pass.
template <class Clock, class Design, class Slot>
void replay_measured(Design& design, const Plan& plan, std::span<Slot> slots, std::uint32_t rounds,
                     Pass& pass) {
  std::size_t begin = 0;
  for (const Stretch& stretch : plan.stretches) {
    const auto steps = std::span(plan.measured).subspan(begin, stretch.end - begin);
    const auto start = Clock::now();
    for (std::uint32_t round = 0; round < rounds; ++round) {
      pass.measured += replay(design, steps, slots);
    }
    if (stretch.is_timed) pass.nanoseconds += nanoseconds_since<Clock>(start);
    begin = stretch.end;
  }
}

/// As often as `rounds` says, each call of the measured steps alone; adds to the pass.
template <class Timer, class Design, class Slot>
void time_measured(Design& design, const Plan& plan, std::span<Slot> slots, std::uint32_t rounds,
                   std::span<TimedCall> times, Pass& pass) {
  const std::span<const Step> steps = plan.measured;
  SwitchWatch<Timer> watch;
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto part = times.subspan(round * steps.size(), steps.size());
    pass.measured += time_calls(design, steps, slots, watch, part);
  }
}

/// Readies a design over the arena, performs the set-up, and leaves the measured steps to
/// `measure(design, slots, pass)`.
template <class Design, class Measure>
[[nodiscard]] Pass perform_plan(HostMemory& memory, const Arena& arena, const Plan& plan,
                                Measure measure) {
  Survey needs;
  needs.arena = arena;
  const TrialMemory space = memory.prepare(needs, metadata_bytes_over<Design>(arena));
  const UsableRuns usable(arena);
  std::vector<Pfn> slots(plan.slots);
  Design design;
  design.init(memory_map(arena, usable), space.ram, space.metadata);
  Pass pass;
  pass.set_up = replay(design, std::span(plan.set_up), std::span(slots));
  measure(design, std::span(slots), pass);
  pass.used_at_end = design.used_frames();
  return pass;
}

/// Requires: the plan is repeatable, or `rounds`, how often the measured steps are replayed, is 1.
/// Another clock than the machine's makes the times exact, for tests.
template <class Design, class Clock = std::chrono::steady_clock>
[[nodiscard]] Pass run_pass(HostMemory& memory, const Arena& arena, const Plan& plan,
                            std::uint32_t rounds) {
  const auto begin = Clock::now();
  const auto measure = [&](Design& design, std::span<Pfn> slots, Pass& pass) {
    replay_measured<Clock>(design, plan, slots, rounds, pass);
  };
  Pass pass = perform_plan<Design>(memory, arena, plan, measure);
  pass.whole_nanoseconds = nanoseconds_since<Clock>(begin);
  return pass;
}

/// As run_pass, but for Contestant::time_calls.
template <class Design, class Timer = MachineTimer>
[[nodiscard]] Pass run_timed_calls(HostMemory& memory, const Arena& arena, const Plan& plan,
                                   std::uint32_t rounds, std::span<TimedCall> times) {
  return perform_plan<Design>(memory, arena, plan,
                              [&](Design& design, std::span<Pfn> slots, Pass& pass) {
                                time_measured<Timer>(design, plan, slots, rounds, times, pass);
                              });
}

template <FrameAllocator Design>
[[nodiscard]] Contestant contestant(const char* name) {
  const auto judge = [](HostMemory& memory, const Sequence& sequence, const Observer& observer) {
    return run_trial(AnyDesign::of<Design>(), memory, sequence, kToTheEnd, observer);
  };
  return {.name = name,
          .judge = judge,
          .any = &AnyDesign::of<Design>,
          .metadata_bytes = &metadata_bytes_over<Design>,
          .pass = &run_pass<Design>,
          .count_instructions = &run_pass<Design, InstructionClock>,
          .time_calls = &run_timed_calls<Design>};
}

/// The designs of impls/designs.h.
[[nodiscard]] const std::vector<Contestant>& designs();

/// The stack of frame numbers.
[[nodiscard]] const Contestant& reference();

/// A call that does nothing.
[[nodiscard]] const Contestant& empty_call();

}  // namespace assay
