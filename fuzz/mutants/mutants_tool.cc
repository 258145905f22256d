/// assay-mutants-DESIGN: turns the mutants of one design on, one per process, and notes who kills
/// each: its own tests, a clause of the contract, a crash, or the clock.
///
/// Built with the mutated copy of the design in front of the project's root in the include path.
/// One line of JSON per mutant is appended to the results; who is there already is not run again,
/// so that a killed run goes on where it was.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "fuzz/explorer.h"
#include "fuzz/mutants/switch.h"
#include "fuzz/swarm.h"
#include ASSAY_MUTANT_HEADER

namespace assay {

namespace {

using Design = ASSAY_MUTANT_TYPE;

constexpr int kSurvived = 0;
constexpr int kKilledByContract = 10;
constexpr int kKilledByOwnTest = 11;
constexpr int kToolBroken = 12;
constexpr std::uint32_t kLadder[] = {8, 64, 512, 4096};
constexpr std::uint64_t kSequences = 60;  ///< per rung
constexpr std::uint32_t kMaxFrames = 6;
constexpr std::uint32_t kMaxHoleFrames = 4;
constexpr std::uint64_t kExplorerBytes = std::uint64_t{64} << 20;
constexpr rlim_t kAddressSpace = rlim_t{2} << 30;

struct Options {
  std::string list;
  std::string results;
  std::uint32_t sample = 0;
  std::uint32_t only = 0;
  std::uint64_t seed = 1;
  unsigned seconds = 20;
};

bool explorer_kills(int report) {
  for (std::uint32_t frames = 1; frames <= kMaxFrames; ++frames) {
    const std::uint32_t maps = frames <= kMaxHoleFrames ? 1U << frames : 1;
    for (std::uint32_t reserved = 0; reserved < maps; ++reserved) {
      const Arena arena = small_arena(Pfn{1}, FrameCount{frames}, reserved);
      const auto broken =
          Explorer<Design>(arena, {.memory_bytes = kExplorerBytes, .progress = {}}).run().broken;
      if (!broken) continue;
      dprintf(report, "explorer: %s", broken->verdict.text.c_str());
      return true;
    }
  }
  return false;
}

bool swarm_kills(int report) {
  HostMemory memory;
  for (const std::uint32_t frames : kLadder) {
    for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
      const TrialResult result = run_trial<Design>(memory, swarm_sequence(seed, frames));
      if (result.verdict.passed()) continue;
      dprintf(report, "swarm of %u frames, seed %lu: %s", frames, seed,
              result.verdict.text.c_str());
      return true;
    }
  }
  return false;
}

/// In a process of its own; the contract goes first, so that a test is named only where it alone
/// sees the fault: mostly placement.
[[noreturn]] void try_to_kill(std::uint32_t mutant, int report, unsigned seconds) {
  const rlimit space{kAddressSpace, kAddressSpace};
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_AS, &space);
  setrlimit(RLIMIT_CORE, &no_core);
  if (freopen("/dev/null", "w", stdout) == nullptr) _exit(kToolBroken);
  if (freopen("/dev/null", "w", stderr) == nullptr) _exit(kToolBroken);
  alarm(seconds);
  active_mutant = mutant;
  try {
    if (explorer_kills(report) || swarm_kills(report)) _exit(kKilledByContract);
    _exit(RUN_ALL_TESTS() == 0 ? kSurvived : kKilledByOwnTest);
  } catch (const std::exception& error) {
    dprintf(report, "%s", error.what());
    _exit(kKilledByContract);  // the design asked for memory that no design needs
  }
}

const char* outcome_of(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? "hang" : "crash";
  switch (WEXITSTATUS(status)) {
    case kSurvived: return "survived";
    case kKilledByContract: return "contract";
    case kKilledByOwnTest: return "own test";
    default: return "broken";
  }
}

nlohmann::json run_one(std::uint32_t mutant, unsigned seconds) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) {
    close(ends[0]);
    try_to_kill(mutant, ends[1], seconds);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return {{"id", mutant}, {"outcome", outcome_of(status)}, {"text", text}};
}

/// Ids with a result. A torn last line, of a run that was killed, is cut off.
std::set<std::uint32_t> finished(const std::string& path) {
  std::set<std::uint32_t> done;
  std::string whole;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const nlohmann::json result = nlohmann::json::parse(line, nullptr, false);
    if (result.is_discarded() || file.eof()) break;
    done.insert(result["id"].get<std::uint32_t>());
    whole += line + "\n";
  }
  file.close();
  std::ofstream(path, std::ios::trunc) << whole;
  return done;
}

std::vector<std::uint32_t> chosen(const Options& options) {
  std::ifstream file(options.list);
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be read", options.list));
  std::vector<std::uint32_t> ids;
  for (const auto& mutant : nlohmann::json::parse(file)) ids.push_back(mutant["id"]);
  if (options.only != 0) {
    if (std::ranges::find(ids, options.only) == ids.end()) {
      throw std::runtime_error(fmt::format("there is no mutant {}", options.only));
    }
    return {options.only};
  }
  if (options.sample != 0 && options.sample < ids.size()) {
    std::mt19937_64 random(options.seed);
    std::ranges::shuffle(ids, random);
    ids.resize(options.sample);
    std::ranges::sort(ids);
  }
  return ids;
}

int run(int argc, char** argv) {
  testing::InitGoogleTest();
  Options options;
  CLI::App app("Turns mutants of a design on, one by one, and notes what kills each.");
  app.add_option("--list", options.list, "mutants.json of the overlay")->required();
  app.add_option("--results", options.results, "where a line per mutant goes")->required();
  app.add_option("--sample", options.sample, "only so many, drawn by --seed");
  app.add_option("--only", options.only, "only this one");
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--seconds", options.seconds, "after that long a mutant hangs")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const std::set<std::uint32_t> done = finished(options.results);
  const std::vector<std::uint32_t> ids = chosen(options);
  if (done.empty() && run_one(0, 10 * options.seconds)["outcome"] != "survived") {
    throw std::runtime_error("the design is killed without any mutant");
  }
  std::ofstream results(options.results, std::ios::app);
  std::size_t at = 0;
  for (const std::uint32_t id : ids) {
    ++at;
    if (done.contains(id)) continue;
    results << run_one(id, options.seconds).dump() << std::endl;
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r{} of {} mutants", at, ids.size());
  }
  return 0;
}

}  // namespace

}  // namespace assay

int main(int argc, char** argv) {
  try {
    return assay::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay-mutants: {}\n", error.what());
    return 2;
  }
}
