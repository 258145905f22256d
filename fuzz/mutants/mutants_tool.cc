/// assay-mutants-DESIGN: turns the mutants of one design on, one per process, and notes who kills
/// each: its own tests, a clause of the contract, a crash, or the clock.
///
/// Built with the mutated copy of the design in front of the project's root in the include path.
/// One line of JSON per mutant is appended to the results; who is there already is not run again,
/// so that a killed run goes on where it was. Their first line ties them to this very program.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <functional>
#include <new>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/explorer.h"
#include "fuzz/mutants/switch.h"
#include "fuzz/small_arena.h"
#include "fuzz/swarm.h"
#include "oracle/host/host_trial.h"
#include ASSAY_MUTANT_HEADER

namespace assay {

namespace {

using Design = ASSAY_MUTANT_TYPE;
using SmallDesign = ASSAY_SMALL_MUTANT_TYPE;  ///< whose words end even in a small arena

constexpr int kSurvived = 0;
constexpr int kKilledByContract = 10;
constexpr int kKilledByOwnTest = 11;
constexpr int kKilledByCrash = 12;
constexpr int kKilledByHang = 13;
constexpr int kToolBroken = 14;
constexpr std::uint32_t kLadder[] = {8, 64, 512, 4096};
constexpr std::uint64_t kSequences = 60;  ///< per rung
constexpr std::uint32_t kMaxFrames = 6;
constexpr std::uint32_t kMaxHoleFrames = 4;
constexpr std::uint64_t kExplorerBytes = std::uint64_t{64} << 20;
/// Where many calls share one budget of steps: as if they were one call over this arena. The
/// design as it was written takes less than a tenth.
constexpr FrameCount kManyCalls{1U << 22};
constexpr rlim_t kAddressSpace = rlim_t{512} << 20;

struct Options {
  std::string results;
  std::vector<std::uint32_t> mutants;
  unsigned seconds = 60;
};

/// Everything that every mutant is given, drawn once.
const std::vector<std::pair<std::uint32_t, Sequence>>& sequences() {
  static const auto all = [] {
    std::vector<std::pair<std::uint32_t, Sequence>> drawn;
    for (const std::uint32_t frames : kLadder) {
      for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
        drawn.emplace_back(frames, swarm_sequence(seed, frames));
      }
    }
    return drawn;
  }();
  return all;
}

/// In a process of its own, ends it with who killed the mutant, and says by what.
[[noreturn]] void killed(int report, int by, const std::string& text) {
  dprintf(report, "%s", text.c_str());
  _exit(by);
}

/// Ends the process as killed by a hang if `many_calls` do not come to their end.
void run_or_hang(int report, const char* where, const std::function<void()>& many_calls) {
  const char* const limit = run_watched([&] {
    WatchGuard guard;
    guard.entering(kManyCalls);
    many_calls();
    guard.returned();
  });
  if (limit != nullptr) killed(report, kKilledByHang, where);
}

/// A verdict that passed: the explorer alone has seen the fault.
std::string words_of(const Verdict& verdict) {
  return verdict.passed() ? "C9: a frame in use was written to" : verdict.text.c_str();
}

void explore(int report) {
  for (std::uint32_t frames = 1; frames <= kMaxFrames; ++frames) {
    const std::uint32_t maps = frames <= kMaxHoleFrames ? 1U << frames : 1;
    for (std::uint32_t reserved = 0; reserved < maps; ++reserved) {
      run_or_hang(report, "explorer", [&] {
        const Arena arena = small_arena(Pfn{1}, FrameCount{frames}, reserved);
        const ExploreOptions options{.memory_bytes = kExplorerBytes, .progress = {}};
        const auto broken = explore(AnyDesign::of<SmallDesign>(), arena, options).broken;
        if (!broken) return;
        killed(report, kKilledByContract,
               fmt::format("explorer of {} frames: {}", frames, words_of(broken->verdict)));
      });
    }
  }
}

void run_swarm_sequences(int report) {
  HostMemory memory;
  for (const auto& [frames, sequence] : sequences()) {
    const Verdict verdict = run_trial(AnyDesign::of<Design>(), memory, sequence).verdict;
    if (verdict.passed()) continue;
    killed(report, verdict.outcome == std::string_view("hang") ? kKilledByHang : kKilledByContract,
           fmt::format("swarm of {} frames: {}", frames, verdict.text.c_str()));
  }
}

void run_own_tests(int report) {
  run_or_hang(report, "own tests", [&] {
    if (RUN_ALL_TESTS() != 0) killed(report, kKilledByOwnTest, "");
  });
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
    run_swarm_sequences(report);
    explore(report);
    run_own_tests(report);
    _exit(kSurvived);
  } catch (const std::bad_alloc&) {
    killed(report, kKilledByCrash, "asks for more memory than there is");
  } catch (const std::length_error&) {
    killed(report, kKilledByCrash, "asks for more memory than there is");
  } catch (const std::exception& error) {
    killed(report, kToolBroken, error.what());
  }
}

/// The alarm is not the mutant's hang, which has limits of its own: something here did not end.
const char* outcome_of(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? "broken" : "crash";
  switch (WEXITSTATUS(status)) {
    case kSurvived: return "survived";
    case kKilledByContract: return "contract";
    case kKilledByOwnTest: return "own test";
    case kKilledByCrash: return "crash";
    case kKilledByHang: return "hang";
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

/// What results are worth nothing without: the program with the mutants and tests in it.
std::string fingerprint() {
  std::ifstream self("/proc/self/exe", std::ios::binary);
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;
  for (char byte = 0; self.get(byte);) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x0000'0100'0000'01B3U;
  }
  return fmt::format("{:016x}", hash);
}

/// Mutants with a result of this program; results of another one are thrown away. A torn last line,
/// of a run that was killed, is cut off.
std::set<std::uint32_t> finished(const std::string& path) {
  std::set<std::uint32_t> done;
  std::string whole = nlohmann::json{{"program", fingerprint()}}.dump() + "\n";
  std::ifstream file(path);
  std::string line;
  const bool is_ours = std::getline(file, line) && line + "\n" == whole;
  while (is_ours && std::getline(file, line) && !file.eof()) {
    done.insert(nlohmann::json::parse(line)["id"].get<std::uint32_t>());
    whole += line + "\n";
  }
  file.close();
  std::ofstream fresh(path, std::ios::trunc);
  fresh << whole;
  if (!fresh.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", path));
  return done;
}

int run(int argc, char** argv) {
  testing::InitGoogleTest();
  Options options;
  CLI::App app("Turns mutants of a design on, one by one, and notes what kills each.");
  app.add_option("--mutants", options.mutants, "their numbers in mutants.json")
      ->required()
      ->delimiter(',');
  app.add_option("--results", options.results, "where a line per mutant goes")->required();
  app.add_option("--seconds", options.seconds, "after that long something is broken")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const std::set<std::uint32_t> done = finished(options.results);
  static_cast<void>(sequences());
  if (const auto plain = run_one(0, options.seconds); plain["outcome"] != "survived") {
    throw std::runtime_error(
        fmt::format("the design is killed without any mutant: {}", plain.dump()));
  }
  std::ofstream results(options.results, std::ios::app);
  for (const std::uint32_t id : options.mutants) {
    if (!done.contains(id)) results << run_one(id, options.seconds).dump() << std::endl;
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
