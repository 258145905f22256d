/// A cell of the table: one contestant on one workload, first judged, then timed.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/contestant.h"
#include "bench/plan.h"
#include "bench/touched.h"
#include "bench/workloads.h"

namespace assay {

/// A workload with all that its cells share.
struct PreparedWorkload {
  Workload workload;
  Plan plan;
};

[[nodiscard]] std::expected<PreparedWorkload, std::string> prepare(Workload workload);

/// What became of the requests for one number of frames.
struct Requests {
  std::uint32_t all = 0;
  std::uint32_t failed = 0;
};

/// What the time of steps that came to `tally` is divided by.
[[nodiscard]] double units_of(const Workload& workload, const Tally& tally);

struct Cell {
  const Contestant* contestant;
  const PreparedWorkload* prepared;
  /// What the stack of frame numbers does in turn with the cell: the same, if it can, else a pair.
  const PreparedWorkload* yardstick;
  const Contestant* stack = &reference();        ///< of frame numbers
  bool has_own_sequence = false;                 ///< which no other cell has
  std::string left_out{};                        ///< why a plug-in is not measured here, or empty
  std::string oracle{};                          ///< `pass`, or why there is no number
  std::uint64_t placement_hash{};                ///< the trial's
  Tally tally{};                                 ///< of the measured steps, once
  std::map<std::uint32_t, Requests> requests{};  ///< the measured ones, by frames asked for
  FrameCount used_at_end{};                      ///< frames in use behind the measured steps
  std::uint64_t metadata_bytes = 0;
  std::uint32_t rounds = 1;                 ///< how often a pass repeats the measured steps
  std::uint32_t passes = 0;                 ///< in one repetition
  double repetition_ns = 0;                 ///< how long one takes, about
  std::vector<double> repetitions_ns{};     ///< per operation or request, as the workload says
  std::vector<double> repetitions_ratio{};  ///< the same ÷ the stack's: the median over passes
  double fastest_ns = std::numeric_limits<double>::infinity();  ///< the pass that nothing disturbed
  bool is_second = false;                ///< the same as another cell: for the noise floor
  std::optional<double> instructions{};  ///< per operation or request; none where none are counted
  std::optional<Touched> touched{};      ///< by initialisation, set-up and measured steps, once

  [[nodiscard]] bool passed() const { return oracle == "pass"; }
  /// Nothing is to be done any more.
  [[nodiscard]] bool is_settled() const { return !left_out.empty() || !oracle.empty(); }
  /// What the time of a pass is divided by.
  [[nodiscard]] double units() const { return units_of(prepared->workload, tally) * rounds; }
  /// Nanoseconds that stand for one in the ratio: the stack's for an operation, or for a pair where
  /// the cell's are for a request.
  [[nodiscard]] double yardstick_ns(const Pass& done) const;
};

/// Told in front of each part of a phase: its number from 1, of how many, and its cell.
using Progress = std::function<void(std::size_t number, std::size_t total, const Cell& cell)>;

/// The file that a saved sequence of the cell has: one that follows a design names it.
[[nodiscard]] std::string file_of(const Cell& cell);

/// How deep the trial looks in arenas of more than kMostJudgedWhole frames, in which every look at
/// all of them takes long and whose frames may be more than the machine has: placement,
/// completeness, sizes and counts of every call; each block, the invariants and the longest run at
/// the end. What frames hold is not looked at, and they stay mere addresses unless a design
/// touches them.
inline constexpr Depth kCallsOnly{
    .content = ContentDepth::none, .each_frame = false, .at_intervals = false};
inline constexpr std::uint32_t kMostJudgedWhole = 1U << 18;

/// Puts the contestant on trial over the whole workload, replays the plan once, and demands that
/// both came to the same. Sets everything but the repetitions; `passes` so that a repetition lasts
/// about `repetition_ns`, set-up and yardstick included. A plug-in is judged twice, first in a
/// process of its own, and left out where the trial shows that it may panic.
void judge(Cell& cell, HostMemory& memory, double repetition_ns);

/// Sets the instructions and the memory touched of a cell that passed, by a pass for each.
void count_costs(Cell& cell, HostMemory& memory);

/// A pass of the stack of frame numbers over the cell's yardstick.
[[nodiscard]] Pass run_yardstick(const Cell& cell, HostMemory& memory);

}  // namespace assay
