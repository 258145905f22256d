/// assay-cpus: a recorded sequence with a thread for each CPU that performed it, beside one thread.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "bench/command_line.h"
#include "bench/cpu_replay.h"
#include "bench/statistics.h"
#include "impls/designs.h"
#include "oracle/host/cpus.h"
#include "oracle/host/file.h"

namespace assay {

namespace {

constexpr const char* kTool = "assay-cpus";
constexpr int kFailed = 1;

struct Options {
  std::string sequence;
  std::vector<std::string> designs;
  std::uint32_t repetitions = 9;
  std::string output;
};

struct Contender {
  const char* name;
  CpuPass (*replay)(HostMemory& memory, const CpuPlan& plan);
};

#define ASSAY_CONTENDER(design, type) {#design, &replay_on_cpus<type>},
constexpr Contender kContenders[] = {ASSAY_DESIGNS(ASSAY_CONTENDER)};
#undef ASSAY_CONTENDER

/// Both plans of a file.
struct Plans {
  CpuPlan one;
  CpuPlan all;
};

std::expected<Plans, std::string> read_plans(const std::string& path) {
  const auto sequence = load(path);
  if (!sequence) return std::unexpected(sequence.error());
  const std::string cpus_file = cpus_path(path);
  const auto text = read_file(cpus_file);
  if (!text) return std::unexpected(text.error() + "; `./assay import` writes it");
  const auto cpus = parse_cpus(*text, *sequence);
  if (!cpus) return std::unexpected(cpus_file + ":" + cpus.error());
  auto one = make_one_cpu_plan(*sequence);
  auto all = make_cpu_plan(*sequence, *cpus);
  if (!one || !all) return std::unexpected(path + ": " + (one ? all : one).error());
  return Plans{std::move(*one), std::move(*all)};
}

/// What a design came to: ns of wall time per operation, of each repetition.
struct Measured {
  std::string design;
  std::vector<double> one{};
  std::vector<double> all{};
  std::uint32_t failed = 0;  ///< requests of the pass in which most did
  std::string broken{};      ///< why there is no number, or empty
};

Measured measure(const Contender& contender, HostMemory& memory, const Plans& plans,
                 std::uint32_t repetitions) {
  Measured measured{.design = contender.name};
  const auto operations = static_cast<double>(plans.one.measured());
  for (std::uint32_t i = 0; i < repetitions; ++i) {
    const CpuPass single = contender.replay(memory, plans.one);
    const CpuPass several = contender.replay(memory, plans.all);
    for (const CpuPass& pass : {single, several}) {
      if (measured.broken.empty()) measured.broken = pass.broken;
      measured.failed = std::max(measured.failed, pass.failed);
    }
    if (!measured.broken.empty()) return {.design = contender.name, .broken = measured.broken};
    measured.one.push_back(single.nanoseconds / operations);
    measured.all.push_back(several.nanoseconds / operations);
  }
  return measured;
}

void print_row(const Measured& row) {
  if (!row.broken.empty()) {
    fmt::print("{:<12}  has no number: {}\n", row.design, row.broken);
    return;
  }
  fmt::print("{:<12}{:>10.1f} ± {:<6.1f}{:>10.1f} ± {:<6.1f}{:>8.2f}{:>8}\n", row.design,
             median(row.one), median_absolute_deviation(row.one), median(row.all),
             median_absolute_deviation(row.all), median(row.all) / median(row.one), row.failed);
}

std::string to_json(const Options& options, const Plans& plans, const std::vector<Measured>& rows) {
  nlohmann::ordered_json json = {{"sequence", options.sequence},
                                 {"operations", plans.one.measured()},
                                 {"threads", plans.all.of_cpu.size()},
                                 {"repetitions", options.repetitions},
                                 {"cells", nlohmann::ordered_json::array()}};
  for (const Measured& row : rows) {
    json["cells"].push_back({{"design", row.design},
                             {"sound", row.broken.empty()},
                             {"broken", row.broken},
                             {"one_thread_ns", row.one},
                             {"threads_ns", row.all},
                             {"failed", row.failed}});
  }
  return json.dump(1) + "\n";
}

int compare(const Options& options) {
  std::vector<Contender> chosen;
  for (const Contender& each : kContenders) {
    const bool is_named = std::ranges::find(options.designs, each.name) != options.designs.end();
    if (options.designs.empty() || is_named) chosen.push_back(each);
  }
  for (const std::string& name : options.designs) {
    if (std::ranges::none_of(chosen, [&](const Contender& each) { return each.name == name; })) {
      return refuse(kTool, fmt::format("there is no design '{}'", name));
    }
  }
  const auto plans = read_plans(options.sequence);
  if (!plans) return refuse(kTool, plans.error());
  const std::size_t threads = plans->all.of_cpu.size();
  if (threads > std::thread::hardware_concurrency()) {
    fmt::print(stderr, "{}: warning: {} threads take turns on {} CPUs\n", kTool, threads,
               std::thread::hardware_concurrency());
  }
  fmt::print("{:<12}{:>19}{:>19}{:>8}{:>8}\n", "design", "one thread",
             fmt::format("{} threads", threads), "ratio", "failed");
  HostMemory memory;
  std::vector<Measured> rows;
  for (const Contender& each : chosen) {
    rows.push_back(measure(each, memory, *plans, options.repetitions));
    print_row(rows.back());
  }
  fmt::print(
      "ns of wall time per operation, behind a spin lock; medians of {} ± their deviation.\n"
      "failed: requests that found nothing, since the CPUs overtake each other\n",
      options.repetitions);
  if (!options.output.empty()) {
    const std::string error = write_file(options.output, to_json(options, *plans, rows));
    if (!error.empty()) return refuse(kTool, error);
  }
  const auto is_sound = [](const Measured& row) { return row.broken.empty(); };
  return std::ranges::all_of(rows, is_sound) ? 0 : kFailed;
}

}  // namespace

int cpus_main(int argc, char** argv) {
  CLI::App app("Replays a recorded sequence with a thread for each CPU, behind a lock.", kTool);
  Options options;
  app.add_option("SEQUENCE", options.sequence, "NAME.opsb, with NAME.cpus beside it")->required();
  app.add_option("--designs", options.designs, "only these, separated by commas")->delimiter(',');
  app.add_option("--repetitions", options.repetitions, "how often each is timed")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("-o,--output", options.output, "write the results here, as JSON");
  app.footer("Example: assay-cpus bench/traces/pgbench.opsb --designs bitmap,buddy");
  if (const auto code = parse_command_line(app, argc, argv)) return *code;
  return compare(options);
}

}  // namespace assay

int main(int argc, char** argv) {
  return assay::run_tool("assay-cpus", [&] { return assay::cpus_main(argc, argv); });
}
