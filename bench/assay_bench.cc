/// assay-bench: what each design costs on each workload.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <expected>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/command_line.h"
#include "bench/contiguous.h"
#include "bench/latency.h"
#include "bench/measurement.h"
#include "bench/noise.h"
#include "bench/progress.h"
#include "bench/results.h"
#include "bench/selection.h"
#include "bench/statistics.h"
#include "bench/timeline.h"
#include "oracle/host/file.h"

namespace assay {

namespace {

constexpr const char* kTool = "assay-bench";
constexpr int kFailed = 1;
constexpr std::uint32_t kLeastFrames = 64;
constexpr std::uint32_t kMostFrames = 1U << 24;

std::string name_of(const Cell& cell) {
  return cell.contestant->name + " " + cell.prepared->workload.name;
}

/// The last of the CPUs that may be used: interrupts go to the first ones more often.
/// Returns: its number, or −1 and a warning.
int pin_to_one_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      if (sched_setaffinity(0, sizeof one, &one) == 0) return cpu;
    }
  }
  fmt::print(stderr, "{}: warning: cannot be pinned to one CPU: {}; times will vary more\n", kTool,
             std::strerror(errno));
  return -1;
}

void judge_all(std::vector<Cell>& cells, HostMemory& memory, const Options& options) {
  std::size_t number = 0;
  for (Cell& cell : cells) {
    report_progress(fmt::format("judging cell {}/{}: {}", ++number, cells.size(), name_of(cell)));
    if (!cell.is_settled()) judge(cell, memory, (options.smoke ? 1 : options.repetition_ms) * 1e6);
    if (cell.passed() && !options.times_only) count_costs(cell, memory);
    if (cell.passed() || !cell.left_out.empty()) continue;
    end_progress();
    fmt::print(stderr, "{}: {} has no number: {}\n", kTool, name_of(cell), cell.oracle);
  }
}

/// On standard output, for a person: the medians.
void print_table(const std::vector<Cell>& cells) {
  for (const Cell& cell : cells) {
    const std::string head =
        fmt::format("{:<18}{:<16}", cell.prepared->workload.name, cell.contestant->name);
    if (!cell.left_out.empty()) {
      fmt::print("{}{:>9}  left out: {}\n", head, "-", cell.left_out);
    } else if (cell.repetitions_ns.empty()) {
      fmt::print("{}{:>9}  {}\n", head, "-", cell.oracle);
    } else {
      fmt::print(
          "{}{:>9.2f} ns per {}, ± {:.2f}, {} of {} requests failed, {:.2f} times the stack\n",
          head, median(cell.repetitions_ns),
          cell.prepared->workload.per == Per::request ? "request" : "served operation",
          median_absolute_deviation(cell.repetitions_ns), cell.tally.failed, cell.tally.requests(),
          median(cell.repetitions_ratio));
    }
  }
}

/// So that a cell can be replayed, step by step or in the kernel. Returns: empty, or an error.
std::string save_workloads(const Workloads& workloads, const std::vector<Cell>& cells,
                           const std::string& folder) {
  std::map<std::string, const Sequence*> files;
  for (const PreparedWorkload& each : workloads) {
    files[each.workload.name + ".opsb"] = &each.workload.sequence;
  }
  for (const Cell& cell : cells) files[file_of(cell)] = &cell.prepared->workload.sequence;
  for (const auto& [name, sequence] : files) {
    const std::string error = save(*sequence, folder + "/" + name);
    if (!error.empty()) return error;
  }
  return {};
}

/// What is to be written where; files without a path are not.
using Documents = std::vector<std::pair<std::string, std::string>>;

/// Returns: the exit code.
int write_all(const Documents& documents) {
  for (const auto& [path, content] : documents) {
    const std::string error = path.empty() ? "" : write_file(path, content);
    if (!error.empty()) return refuse(kTool, error);
  }
  return 0;
}

Progress progress_of(const char* what) {
  return [what](std::size_t number, std::size_t total, const Cell& cell) {
    report_progress(fmt::format("measuring {} {}/{}: {}", what, number, total, name_of(cell)));
  };
}

/// Appends contiguous.json, and saves the sequences beside those of the workloads. Returns: whether
/// the oracle passed everybody, or an error.
std::expected<bool, std::string> record_contiguous(
    const Options& options, const std::vector<const Contestant*>& contestants,
    Documents& documents) {
  const Scale scale = contiguous_scale(scale_of(options));
  const auto entries = measure_contiguous(contestants, scale);
  bool all_passed = true;
  for (const ContiguousEntry& entry : entries) {
    if (!entry.left_out.empty()) continue;
    all_passed &= entry.result.oracle == "pass";
    if (options.workload_folder.empty()) continue;
    const std::string error =
        save(entry.result.workload.sequence, options.workload_folder + "/" + entry.file());
    if (!error.empty()) return std::unexpected(error);
  }
  documents.emplace_back(options.contiguous_output, to_json(scale, entries));
  return all_passed;
}

/// What was asked for, phase by phase.
Documents record(const Options& options, const RunFacts& facts, const Workloads& workloads,
                 std::vector<Cell>& cells, HostMemory& memory) {
  std::vector<Cell> seconds;
  if (!options.times_only) seconds = second_entries(cells);
  const std::size_t entered_once = cells.size();
  cells.insert(cells.end(), seconds.begin(), seconds.end());
  const std::string gbench = measure(cells, memory, facts.repetitions, progress_of("repetition"));
  seconds.assign(cells.begin() + static_cast<std::ptrdiff_t>(entered_once), cells.end());
  cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(entered_once), cells.end());
  Documents documents{{options.output, to_json(facts, workloads, cells, seconds)},
                      {options.gbench_output, gbench}};
  if (!options.latency_output.empty()) {
    documents.emplace_back(options.latency_output, latencies_json(cells, memory, facts.repetitions,
                                                                  progress_of("latencies")));
  }
  if (!options.timeline_output.empty()) {
    documents.emplace_back(options.timeline_output,
                           timelines_json(cells, memory, progress_of("timeline")));
  }
  return documents;
}

/// Every workload, with its version, its sets and its question.
int list_workloads(const Catalogue& catalogue) {
  for (const CatalogueEntry& entry : catalogue.entries()) {
    fmt::print("{:<20}{:>2}  {:<12}{}\n", entry.name, entry.version,
               fmt::format("{}", fmt::join(entry.sets, ",")), entry.question);
  }
  return 0;
}

int bench(const Options& options) {
  const auto contestants = choose_contestants(options);
  if (!contestants) return refuse(kTool, contestants.error());
  const auto workloads = prepare_all(options);
  if (!workloads) return refuse(kTool, workloads.error());
  HostMemory memory;
  const bool judged_whole = scale_of(options).frames <= kMostJudgedWhole;
  if (!judged_whole) memory.set_depth(kCallsOnly);
  Workloads others;
  auto made = make_cells(*contestants, *workloads, others, memory, options);
  if (!made) return refuse(kTool, made.error());
  std::vector<Cell>& cells = *made;
  if (!options.workload_folder.empty()) {
    const std::string error = save_workloads(*workloads, cells, options.workload_folder);
    if (!error.empty()) return refuse(kTool, error);
  }

  RunFacts facts{.repetitions = options.smoke ? 1 : options.repetitions,
                 .smoke = options.smoke,
                 .judged_whole = judged_whole,
                 .instructions_note = options.times_only ? "not asked for (--times-only)"
                                                         : InstructionClock::why_not()};
  facts.pinned_cpu = pin_to_one_cpu();
  judge_all(cells, memory, options);
  Documents documents = record(options, facts, *workloads, cells, memory);
  bool all_passed = true;
  if (!options.contiguous_output.empty()) {
    const auto passed = record_contiguous(options, *contestants, documents);
    if (!passed) return refuse(kTool, passed.error());
    all_passed = *passed;
  }
  end_progress();
  if (const int code = write_all(documents)) return code;
  print_table(cells);
  const auto is_fine = [](const Cell& cell) { return cell.passed() || !cell.left_out.empty(); };
  return all_passed && std::ranges::all_of(cells, is_fine) ? 0 : kFailed;
}

}  // namespace

int bench_main(int argc, char** argv) {
  CLI::App app("Times designs on workloads; each is judged by the oracle first.", kTool);
  Options options;
  app.add_option("--designs", options.designs,
                 "only these, separated by commas; NAME.so is a plug-in")
      ->delimiter(',');
  auto* workloads = app.add_option("--workloads", options.workloads,
                                   "only these, separated by commas; FILE.json holds workloads, "
                                   "FILE.ops or FILE.opsb is one");
  workloads->delimiter(',');
  app.add_option("--set", options.set, "the workloads of this set (default: quick)")
      ->excludes(workloads);
  app.add_option("--workload-folder", options.catalogue_folder, "where workloads are described")
      ->capture_default_str();
  app.add_flag("--list", options.list, "print the workloads: name, version, sets, question");
  app.add_option("--frames", options.frames,
                 "of the arenas that are not a trace's (default: 65536)")
      ->check(CLI::Range(kLeastFrames, kMostFrames));
  app.add_option("--repetitions", options.repetitions, "how often each cell is timed")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--repetition-ms", options.repetition_ms, "about how long one repetition takes")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_flag("--smoke", options.smoke,
               "tiny workloads, once: shows that all works, says no speed");
  app.add_flag("--times-only", options.times_only,
               "no noise floor, no instructions, no memory touched: what these cost is saved");
  app.add_option("-o,--output", options.output, "write the results here, as JSON");
  app.add_option("--gbench", options.gbench_output, "write Google Benchmark's own JSON here");
  app.add_option("--latency", options.latency_output,
                 "write here how long single calls take, and which take longest");
  app.add_option("--timeline", options.timeline_output,
                 "write here how memory fills and scatters while each cell's sequence runs");
  app.add_option("--contiguous", options.contiguous_output,
                 "write here which lengths of runs each design still finds at which occupancy");
  app.add_option("--save-workloads", options.workload_folder,
                 "write each workload into this folder, as NAME.opsb")
      ->check(CLI::ExistingDirectory);
  app.footer("Example: assay-bench --designs bitmap,coremap --workloads mixed_90 -o bench.json");
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  auto catalogue = Catalogue::load(options.catalogue_folder);
  if (!catalogue) return refuse(kTool, catalogue.error());
  if (options.list) return list_workloads(*catalogue);
  options.catalogue = &*catalogue;
  return bench(options);
}

}  // namespace assay

int main(int argc, char** argv) {
  return assay::run_tool("assay-bench", [&] { return assay::bench_main(argc, argv); });
}
