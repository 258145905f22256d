/// A cell of the table: one contestant on one workload, first judged, then timed.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "bench/contestant.h"
#include "bench/plan.h"
#include "bench/workloads.h"

namespace assay {

/// A workload with all that its cells share.
struct PreparedWorkload {
  Workload workload;
  Plan plan;
};

[[nodiscard]] std::expected<PreparedWorkload, std::string> prepare(Workload workload);

struct Cell {
  const Contestant* contestant;
  const PreparedWorkload* prepared;
  std::string oracle{};                  ///< `pass`, or why there is no number
  std::uint64_t placement_hash = 0;      ///< the trial's
  Tally tally{};                         ///< of the measured steps
  FrameCount used_at_end{};              ///< frames in use behind the last of them
  std::uint32_t passes = 0;              ///< in one repetition
  std::vector<double> repetitions_ns{};  ///< per served operation

  [[nodiscard]] bool passed() const { return oracle == "pass"; }
};

/// Puts the contestant on trial over the whole workload, replays the plan once, and demands that
/// both came to the same. Sets everything but the repetitions; `passes` so that a repetition lasts
/// about `repetition_ns`.
void judge(Cell& cell, HostMemory& memory, double repetition_ns);

}  // namespace assay
