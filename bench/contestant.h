/// A design as the driver sees it: how it is judged on a workload and how it is timed on one.
///
/// Both are templated on the design; type erasure ends outside of the timed loop.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "bench/plan.h"
#include "bench/workloads.h"
#include "oracle/host/host_trial.h"

namespace assay {

/// One replay of a whole plan: initialisation and set-up untimed, the measured steps timed.
struct Pass {
  double nanoseconds = 0;
  Tally set_up;
  Tally measured;
  FrameCount used_at_end;  ///< shows where failed requests have lowered the occupancy
};

struct Contestant {
  std::string name;
  bool is_reference = false;  ///< a yardstick: single frames only, not judged
  TrialResult (*judge)(HostMemory& memory, const Sequence& sequence) = nullptr;
  std::uint64_t (*metadata_bytes)(const Arena& arena) = nullptr;
  Pass (*pass)(HostMemory& memory, const Arena& arena, const Plan& plan) = nullptr;
};

template <class Design>
[[nodiscard]] std::uint64_t metadata_bytes_over(const Arena& arena) {
  const UsableRuns usable(arena);
  return Design::metadata_bytes(memory_map(arena, usable));
}

template <class Design>
[[nodiscard]] Pass run_pass(HostMemory& memory, const Arena& arena, const Plan& plan) {
  using Clock = std::chrono::steady_clock;
  Survey needs;
  needs.arena = arena;
  const TrialMemory space = memory.prepare(needs, metadata_bytes_over<Design>(arena));
  const UsableRuns usable(arena);
  std::vector<Pfn> slots(plan.slots);
  Design design;
  design.init(memory_map(arena, usable), space.ram, space.metadata);
  Pass pass;
  pass.set_up = replay(design, plan.set_up, std::span(slots));
  const Clock::time_point start = Clock::now();
  pass.measured = replay(design, plan.measured, std::span(slots));
  pass.nanoseconds = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  pass.used_at_end = design.used_frames();
  return pass;
}

template <FrameAllocator Design>
[[nodiscard]] Contestant contestant(const char* name) {
  const auto judge = [](HostMemory& memory, const Sequence& sequence) {
    return run_trial(AnyDesign::of<Design>(), memory, sequence);
  };
  return {name, false, judge, &metadata_bytes_over<Design>, &run_pass<Design>};
}

/// The designs of impls/designs.h.
[[nodiscard]] const std::vector<Contestant>& designs();

/// The stack of frame numbers.
[[nodiscard]] const Contestant& reference();

}  // namespace assay
