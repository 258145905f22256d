/// assay-bench: what each design costs on each workload.
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "bench/catalogue.h"
#include "bench/command_line.h"
#include "bench/measurement.h"
#include "bench/plugin_contestant.h"
#include "bench/results.h"
#include "bench/statistics.h"
#include "oracle/host/file.h"

namespace assay {

namespace {

constexpr const char* kTool = "assay-bench";
constexpr int kFailed = 1;
constexpr const char* kPair = "single_pair";
constexpr const char* kDefaultSet = "default";
constexpr std::uint32_t kLeastFrames = 64;
constexpr std::uint32_t kMostFrames = 1U << 24;
constexpr std::uint32_t kMostTouchedFrames = 1U << 21;  ///< where links live in them: 8 GiB

/// At addresses that stay.
using Workloads = std::deque<PreparedWorkload>;

struct Options {
  std::string catalogue_folder = "bench/workloads";
  std::vector<std::string> designs;
  std::vector<std::string> workloads;
  std::string set;
  std::uint32_t frames = 0;
  std::uint32_t repetitions = 9;
  std::uint32_t repetition_ms = 40;
  bool smoke = false;
  std::string output;
  std::string gbench_output;
  std::string workload_folder;
  bool list = false;
  Catalogue* catalogue = nullptr;
};

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

/// A line that replaces the one before on a terminal, and stands below it elsewhere.
void report_progress(const std::string& line) {
  static const bool is_terminal = isatty(STDERR_FILENO) == 1;
  if (is_terminal) {
    fmt::print(stderr, "\r\033[K{}", line);
  } else {
    fmt::print(stderr, "{}\n", line);
  }
}

void end_progress() {
  if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\033[K");
}

/// `wanted`, each once. The error names what is not known.
std::expected<std::vector<std::string>, std::string> choose(const char* what,
                                                            const std::vector<std::string>& wanted,
                                                            const std::vector<std::string>& known) {
  std::vector<std::string> chosen;
  for (const std::string& name : wanted) {
    if (std::ranges::find(known, name) == known.end()) {
      return std::unexpected(
          fmt::format("there is no {} '{}'; known: {}", what, name, fmt::join(known, ", ")));
    }
    if (std::ranges::find(chosen, name) == chosen.end()) chosen.push_back(name);
  }
  return chosen;
}

Scale scale_of(const Options& options) {
  Scale scale = options.smoke ? kSmokeScale : kQuickScale;
  if (options.frames != 0) scale.frames = options.frames;
  return scale;
}

/// Makes a workload that `performer` shall be measured on, or anybody, and appends it.
/// Returns: empty, or an error.
std::string append_prepared(Workloads& to, const std::string& name, const Options& options,
                            const Performer& performer, Pfn base = Pfn{0}) {
  Scale scale = scale_of(options);
  scale.base = base;
  auto workload = options.catalogue->make(name, scale, performer);
  if (!workload) return workload.error();
  auto ready = prepare(std::move(*workload));
  if (!ready) return ready.error();
  to.push_back(std::move(*ready));
  return {};
}

/// The names of the workloads to measure. Files among those asked for come into the catalogue.
std::expected<std::vector<std::string>, std::string> choose_workloads(Catalogue& catalogue,
                                                                      const Options& options) {
  if (options.workloads.empty()) {
    const bool all = options.smoke && options.set.empty();
    return all ? catalogue.names()
               : catalogue.names_in(options.set.empty() ? kDefaultSet : options.set);
  }
  std::vector<std::string> wanted;
  for (const std::string& name : options.workloads) {
    if (!is_workload_file(name)) {
      wanted.push_back(name);
      continue;
    }
    const auto added = catalogue.add(name);
    if (!added) return std::unexpected(added.error());
    wanted.insert(wanted.end(), added->begin(), added->end());
  }
  return choose("workload", wanted, catalogue.names());
}

std::expected<Workloads, std::string> prepare_all(const Options& options) {
  const auto names = choose_workloads(*options.catalogue, options);
  if (!names) return std::unexpected(names.error());
  Workloads prepared;
  for (const std::string& name : *names) {
    const std::string error = append_prepared(prepared, name, options, {});
    if (!error.empty()) return std::unexpected(error);
  }
  return prepared;
}

std::expected<std::vector<const Contestant*>, std::string> choose_contestants(
    const Options& options) {
  std::vector<std::string> known;
  for (const Contestant& design : designs()) known.push_back(design.name);
  std::vector<std::string> wanted = options.designs.empty() ? known : options.designs;
  static std::deque<Contestant> everybody(designs().begin(), designs().end());
  for (std::string& name : wanted) {
    if (!name.ends_with(".so")) continue;
    auto plugin = load_contestant(name);
    if (!plugin) return std::unexpected(plugin.error());
    name = plugin->name;
    if (std::ranges::find(known, name) != known.end()) continue;
    known.push_back(name);
    everybody.push_back(std::move(*plugin));
  }
  const auto names = choose("design", wanted, known);
  if (!names) return std::unexpected(names.error());
  std::vector<const Contestant*> chosen;
  for (const std::string& name : *names) {
    const Contestant& design = *std::ranges::find(everybody, name, &Contestant::name);
    if (options.frames > kMostTouchedFrames && design.any().contract.touches_frames()) {
      fmt::print(stderr, "{}: {} writes to free frames; it is left out above {} frames\n", kTool,
                 name, kMostTouchedFrames);
      continue;
    }
    chosen.push_back(&design);
  }
  chosen.push_back(&reference());
  return chosen;
}

/// Settles what a plug-in need not be asked: where its contract does not reach, and where what all
/// have is more than it can do. So a workload is written only with who does it.
void settle_plugin(Cell& cell, HostMemory& memory) {
  const Contract& contract = cell.contestant->plugin->contract;
  const Workload& workload = cell.prepared->workload;
  cell.left_out = why_left_out(workload, contract);
  if (!cell.left_out.empty() || !workload.follows_performer) return;
  Sequence sequence = workload.sequence;
  sequence.arena = arena_for(sequence.arena, contract);
  const std::string verdict = judge_apart(*cell.contestant, memory, sequence);
  if (verdict != "pass") cell.oracle = verdict;
}

/// Gives a cell the sequence that follows its contestant, or that lies where he takes it, if the
/// one that all have will not do. Returns: empty, or an error.
std::string give_own_sequence(Cell& cell, Workloads& others, HostMemory& memory,
                              const Options& options) {
  const Contestant& contestant = *cell.contestant;
  const Workload& shared = cell.prepared->workload;
  if (contestant.is_reference && !shared.follows_performer) return {};
  const AnyDesign design = contestant.any();
  const Arena arena = arena_for(shared.sequence.arena, design.contract);
  if (shared.follows_performer) {
    report_progress("writing " + shared.name + " for " + contestant.name);
    const std::string error =
        append_prepared(others, shared.name, options, {&design, &memory}, arena.base);
    if (!error.empty()) return error;
  } else if (arena.base != shared.sequence.arena.base) {
    others.push_back(*cell.prepared);
    others.back().workload.sequence.arena = arena;
  } else {
    return {};
  }
  cell.prepared = &others.back();
  cell.has_own_sequence = true;
  return {};
}

/// The cells of the table, row by row. What only some of them need goes to `others`: workloads that
/// follow a design, and the pair of the stack of frame numbers.
std::expected<std::vector<Cell>, std::string> make_cells(
    const std::vector<const Contestant*>& contestants, const Workloads& workloads,
    Workloads& others, HostMemory& memory, const Options& options) {
  std::string error = append_prepared(others, kPair, options, {});
  if (!error.empty()) return std::unexpected(error);
  const PreparedWorkload& pair = others.front();
  std::vector<Cell> cells;
  for (const PreparedWorkload& workload : workloads) {
    const bool stack_can = workload.plan.single_frames;
    const bool is_alike = stack_can && workload.workload.per == Per::served;
    for (const Contestant* contestant : contestants) {
      if (contestant->is_reference && !stack_can) continue;
      Cell cell{.contestant = contestant,
                .prepared = &workload,
                .yardstick = is_alike ? &workload : &pair};
      if (contestant->plugin != nullptr) settle_plugin(cell, memory);
      if (!cell.is_settled()) error = give_own_sequence(cell, others, memory, options);
      if (!error.empty()) return std::unexpected(error);
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

void judge_all(std::vector<Cell>& cells, HostMemory& memory, const Options& options) {
  std::size_t number = 0;
  for (Cell& cell : cells) {
    report_progress(fmt::format("judging cell {}/{}: {}", ++number, cells.size(), name_of(cell)));
    if (!cell.is_settled()) judge(cell, memory, (options.smoke ? 1 : options.repetition_ms) * 1e6);
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

int write_results(const Options& options, const std::string& json, const std::string& gbench) {
  std::string error;
  if (!options.output.empty()) error = write_file(options.output, json);
  if (error.empty() && !options.gbench_output.empty()) {
    error = write_file(options.gbench_output, gbench);
  }
  return error.empty() ? 0 : refuse(kTool, error);
}

/// Every workload, with its version, its sets and its question.
int list_workloads(const Catalogue& catalogue) {
  for (const CatalogueEntry& entry : catalogue.entries()) {
    fmt::print("{:<20}{:>2}  {:<22}{}\n", entry.name, entry.version,
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
                 .judged_whole = judged_whole};
  facts.pinned_cpu = pin_to_one_cpu();
  judge_all(cells, memory, options);
  const auto progress = [](std::size_t number, std::size_t total, const Cell& cell) {
    report_progress(fmt::format("measuring repetition {}/{}: {}", number, total, name_of(cell)));
  };
  const std::string gbench = measure(cells, memory, facts.repetitions, progress);
  end_progress();

  if (const int code = write_results(options, to_json(facts, *workloads, cells), gbench))
    return code;
  print_table(cells);
  const auto is_fine = [](const Cell& cell) { return cell.passed() || !cell.left_out.empty(); };
  return std::ranges::all_of(cells, is_fine) ? 0 : kFailed;
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
  app.add_option("--set", options.set, "the workloads of this set (default: default)")
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
  app.add_option("-o,--output", options.output, "write the results here, as JSON");
  app.add_option("--gbench", options.gbench_output, "write Google Benchmark's own JSON here");
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
