#include "bench/measurement.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "bench/statistics.h"

namespace assay {

namespace {

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kLongestNs = 10e9;  ///< a repetition that takes longer is the only one
constexpr double kCellNs = 30e9;     ///< a cell that takes longer is repeated less often

/// Takes the times out of what Google Benchmark reports, and keeps its JSON in memory, so that it
/// is written whole or not at all.
class Collector : public benchmark::BenchmarkReporter {
 public:
  explicit Collector(const std::map<std::string, Cell*>& cells) : cells_(cells) {
    json_.SetOutputStream(&text_);
    json_.SetErrorStream(&std::cerr);
  }

  bool ReportContext(const Context& context) override { return json_.ReportContext(context); }

  void ReportRuns(const std::vector<Run>& runs) override {
    json_.ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      Cell& cell = *cells_.at(run.run_name.function_name);
      const double pass_ns =
          run.real_accumulated_time * kNanosecondsPerSecond / static_cast<double>(run.iterations);
      cell.repetitions_ns.push_back(pass_ns / cell.units());
    }
  }

  void Finalize() override { json_.Finalize(); }

  [[nodiscard]] std::string json() const { return text_.str(); }

 private:
  const std::map<std::string, Cell*>& cells_;
  std::ostringstream text_;
  benchmark::JSONReporter json_;
};

/// One repetition of one cell: in turn a pass of the stack and one of the contestant, so that what
/// disturbs the machine disturbs both.
void run_repetition(benchmark::State& state, Cell& cell, HostMemory& memory) {
  if (!cell.passed()) {
    state.SkipWithError((cell.left_out.empty() ? cell.oracle : cell.left_out).c_str());
    return;
  }
  const PreparedWorkload& prepared = *cell.prepared;
  std::vector<double> ratios;
  for (auto pass_number : state) {
    static_cast<void>(pass_number);
    const Pass stack = run_yardstick(cell, memory);
    const Pass pass =
        cell.contestant->pass(memory, prepared.workload.sequence.arena, prepared.plan, cell.rounds);
    if (pass.measured != cell.tally * cell.rounds) {
      state.SkipWithError("a repetition came to other results than the one before");
      return;
    }
    const double nanoseconds = pass.nanoseconds / cell.units();
    ratios.push_back(nanoseconds / cell.yardstick_ns(stack));
    cell.fastest_ns = std::min(cell.fastest_ns, nanoseconds);
    state.SetIterationTime(pass.nanoseconds / kNanosecondsPerSecond);
  }
  cell.repetitions_ratio.push_back(median(std::move(ratios)));
}

/// As many as asked for, but where one takes long.
std::uint32_t repetitions_of(const Cell& cell, std::uint32_t asked) {
  if (cell.repetition_ns > kLongestNs) return 1;
  const double affordable = std::max(kCellNs / std::max(cell.repetition_ns, 1.0), 3.0);
  return static_cast<std::uint32_t>(std::min(affordable, static_cast<double>(asked)));
}

void initialise_benchmark() {
  // Google Benchmark keeps a pointer to the first argument.
  static std::string name = "assay-bench";
  static std::string interleave = "--benchmark_enable_random_interleaving=true";
  char* arguments[] = {name.data(), interleave.data(), nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments);
}

}  // namespace

std::string measure(std::span<Cell> cells, HostMemory& memory, std::uint32_t repetitions,
                    const Progress& progress) {
  std::map<std::string, Cell*> by_name;
  std::size_t begun = 0;
  std::size_t total = 0;
  for (const Cell& cell : cells) total += repetitions_of(cell, repetitions);
  initialise_benchmark();
  for (Cell& cell : cells) {
    const std::string name = cell.contestant->name + "/" + cell.prepared->workload.name +
                             (cell.is_second ? "/second" : "");
    by_name[name] = &cell;
    const auto repetition = [&](benchmark::State& state) {
      progress(++begun, total, cell);
      run_repetition(state, cell, memory);
    };
    // With a number of iterations given, each call is one repetition.
    benchmark::RegisterBenchmark(name.c_str(), repetition)
        ->UseManualTime()
        ->Iterations(std::max(cell.passes, 1U))
        ->Repetitions(static_cast<int>(repetitions_of(cell, repetitions)))
        ->Unit(benchmark::kNanosecond);
  }
  Collector collector(by_name);
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();  // they refer to what ends here
  benchmark::Shutdown();
  return collector.json();
}

}  // namespace assay
