/// How long single calls take: the whole distribution, and the slowest calls by their place in the
/// sequence.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/call_times.h"
#include "bench/cell.h"
#include "bench/histogram.h"
#include "bench/timer.h"

namespace assay {

struct WorstCall {
  std::uint64_t ticks;
  std::uint32_t step;  ///< the index of the measured step
  bool is_disturbed;
};

/// The times of one cell's calls, all passes together.
class CallTimes {
 public:
  /// Of so many measured steps.
  explicit CallTimes(std::size_t steps);

  /// The times of the measured steps, once or several times in turn.
  void add(std::span<const TimedCall> times);

  [[nodiscard]] const Histogram& histogram(Call call) const {
    return histograms_[static_cast<std::size_t>(call)];
  }
  /// The slowest of these calls, each step once, the slowest first.
  [[nodiscard]] std::vector<WorstCall> worst(Call call) const;
  /// Of each step that makes such a call, its fastest time: the distribution without noise.
  [[nodiscard]] Histogram steady(Call call) const;
  /// Those whose fastest time is largest, so that noise has no place among them; `ticks` is that
  /// time. The slowest first.
  [[nodiscard]] std::vector<WorstCall> costliest(Call call) const;
  /// The least ticks that a step took: what disturbs a call goes away when it is made again, its
  /// work does not. At most 2^32 − 1.
  [[nodiscard]] std::uint64_t fastest(std::uint32_t step) const { return fastest_[step]; }

 private:
  void note_worst(std::vector<WorstCall>& worst, const WorstCall& call);

  std::array<Histogram, kCalls> histograms_;
  std::array<std::vector<WorstCall>, kCalls> worst_;  ///< unsorted
  std::vector<std::uint32_t> fastest_;                ///< by step
  std::vector<std::uint8_t> calls_;                   ///< by step: which Call it was; kCalls: none
};

struct LatencyEntry {
  const Cell* cell;
  std::uint32_t passes;
  CallTimes times;
};

/// Times each call of every cell that the oracle passed: in `passes` passes, at least three; fewer,
/// but still three, where more would take over ten seconds. Passes of all cells come in random
/// order. A cell whose pass comes to other results than before is left out with a warning.
[[nodiscard]] std::vector<LatencyEntry> record_latencies(std::span<const Cell> cells,
                                                         HostMemory& memory, std::uint32_t passes,
                                                         std::uint32_t seed,
                                                         const Progress& progress);

/// The clock that was used; what stands in latency.json is in nanoseconds.
struct TimerFacts {
  const char* clock;
  double nanoseconds_per_tick;
  TimerCost cost;
};

[[nodiscard]] std::string to_json(const TimerFacts& timer, std::uint32_t passes, std::uint32_t seed,
                                  std::span<const LatencyEntry> entries);

/// latency.json.
[[nodiscard]] std::string latencies_json(std::span<const Cell> cells, HostMemory& memory,
                                         std::uint32_t passes, const Progress& progress);

}  // namespace assay
