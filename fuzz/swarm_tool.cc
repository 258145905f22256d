/// assay-swarm: random sequences against one design, for a time or a number of judged calls.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "fuzz/known_bugs.h"
#include "fuzz/swarm.h"

namespace assay {

namespace {

constexpr int kFine = 0;
constexpr int kFinding = 1;
constexpr int kUnusable = 2;

struct Options {
  std::string design;
  double seconds = 10;
  std::uint64_t calls = std::numeric_limits<std::uint64_t>::max();
  bool progress = false;
  std::uint64_t seed = 1;
  std::uint32_t frames = 256;
  std::string output;
  std::uint64_t operations = 0;
};

nlohmann::json describe(const Options& options, const Contract& contract, const Totals& totals,
                        double seconds) {
  nlohmann::json json = to_json(totals, contract);
  json["design"] = options.design;
  json["seed"] = options.seed;
  json["frames"] = options.frames;
  json["seconds"] = seconds;
  json["finding"] = nullptr;
  return json;
}

int refuse(const std::string& message) {
  fmt::print(stderr, "assay-swarm: {}\n", message);
  return kUnusable;
}

int refuse_design(const std::string& name) {
  return refuse(fmt::format("there is no design '{}'; known: {}", name, known_designs()));
}

/// Seconds since it was made; and, if wanted, once a second a line on stderr: the calls so far.
class Watch {
 public:
  explicit Watch(bool tells) : tells_(tells) {}

  [[nodiscard]] double elapsed() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  void tell(const Totals& totals) {
    if (!tells_ || elapsed() < told_at_ + 1) return;
    told_at_ = elapsed();
    fmt::print(stderr, "{}\n", totals.operations);
    std::fflush(stderr);
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool tells_;
  Clock::time_point start_ = Clock::now();
  double told_at_ = 0;
};

int swarm(const Options& options) {
  const DesignEntry* design = find_design(options.design);
  if (design == nullptr) return refuse_design(options.design);
  Totals totals;
  std::uint64_t seed = options.seed;
  Watch watch(options.progress);
  KnownBugs known = KnownBugs::from_environment();
  const auto goes_on = [&] {
    watch.tell(totals);
    return totals.operations < options.calls && watch.elapsed() < options.seconds;
  };
  const auto is_known = [&](const Verdict& verdict) {
    const Sequence sequence = swarm_sequence(seed, options.frames, design->contract());
    return known.masks(key_of(design->name, verdict), to_bytes(sequence));
  };
  Verdict verdict = run_swarm(*design, options.frames, seed, totals, goes_on);
  while (!verdict.passed() && is_known(verdict)) {
    ++seed;
    verdict = run_swarm(*design, options.frames, seed, totals, goes_on);
  }
  nlohmann::json result = describe(options, design->contract(), totals, watch.elapsed());
  result["masked"] = known.hits();
  if (!verdict.passed()) {
    const std::string error =
        save(swarm_sequence(seed, options.frames, design->contract()), options.output);
    if (!error.empty()) return refuse(error);
    result["finding"] = {{"key", key_of(design->name, verdict)},
                         {"verdict", verdict.text.c_str()},
                         {"seed", seed},
                         {"file", options.output}};
  }
  fmt::print("{}\n", result.dump(1));
  return verdict.passed() ? kFine : kFinding;
}

/// What the kernel must come to as well, and in which sequence it ends.
int sum(const Options& options) {
  const DesignEntry* design = find_design(options.design);
  if (design == nullptr) return refuse_design(options.design);
  Verdict verdict;
  const SwarmSum sum =
      sum_swarm(*design, options.frames, options.seed, options.operations, verdict);
  const nlohmann::json result = {
      {"design", options.design},       {"seed", options.seed},
      {"frames", options.frames},       {"sequences", sum.sequences},
      {"operations", sum.operations},   {"hash", fmt::format("{:016x}", sum.hash)},
      {"verdict", verdict.text.c_str()}};
  fmt::print("{}\n", result.dump(1));
  return verdict.passed() ? kFine : kFinding;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Judges random sequences, each with weights of its own, until one breaks a clause.");
  app.add_option("--design", options.design, "who is on trial")->required();
  CLI::Option* seconds = app.add_option("--seconds", options.seconds,
                                        "for how long (default: 10, or as --calls takes)")
                             ->check(CLI::PositiveNumber);
  CLI::Option* calls =
      app.add_option("--calls", options.calls, "until so many calls reached the allocator")
          ->check(CLI::PositiveNumber);
  app.add_flag("--progress", options.progress, "each second the calls so far, on stderr");
  app.add_option("--seed", options.seed, "the first sequence's number")->capture_default_str();
  app.add_option("--frames", options.frames, "the largest arena")
      ->check(CLI::Range(1U, 1U << 16))
      ->capture_default_str();
  app.add_option("-o,--output", options.output, "where a finding goes: FILE.ops or FILE.opsb");
  app.add_option("--operations", options.operations,
                 "instead, whole sequences until they have so many operations in all: prints the "
                 "hash of what they came to, as a booted kernel does")
      ->excludes(seconds, calls)
      ->check(CLI::PositiveNumber);
  app.footer("Example: assay-swarm --design bitmap --seconds 60 --frames 4096 -o found.ops");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kUnusable;
  }
  if (options.operations != 0) return sum(options);
  if (options.output.empty()) return refuse("-o FILE says where a finding goes");
  if (calls->count() != 0 && seconds->count() == 0) {
    options.seconds = std::numeric_limits<double>::infinity();
  }
  return swarm(options);
}

}  // namespace

}  // namespace assay

int main(int argc, char** argv) {
  try {
    return assay::run(argc, argv);
  } catch (const std::exception& error) {
    return assay::refuse(error.what());
  }
}
