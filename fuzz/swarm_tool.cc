/// assay-swarm: random sequences against one design for a time, as many as the machine can judge.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "fuzz/swarm.h"

namespace assay {

namespace {

constexpr int kFine = 0;
constexpr int kFinding = 1;
constexpr int kUnusable = 2;

struct Options {
  std::string design;
  double seconds = 10;
  std::uint64_t seed = 1;
  std::uint32_t frames = 256;
  std::string output;
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

int swarm(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const DesignEntry* design = find_design(options.design);
  if (design == nullptr) {
    return refuse(
        fmt::format("there is no design '{}'; known: {}", options.design, known_designs()));
  }
  Totals totals;
  std::uint64_t seed = options.seed;
  const Clock::time_point start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const Verdict verdict =
      run_swarm(*design, options.frames, seed, totals, [&] { return elapsed() < options.seconds; });
  nlohmann::json result = describe(options, design->contract, totals, elapsed());
  if (!verdict.passed()) {
    const std::string error = save(swarm_sequence(seed, options.frames), options.output);
    if (!error.empty()) return refuse(error);
    result["finding"] = {{"key", key_of(options.design, verdict)},
                         {"verdict", verdict.text.c_str()},
                         {"seed", seed},
                         {"file", options.output}};
  }
  fmt::print("{}\n", result.dump(1));
  return verdict.passed() ? kFine : kFinding;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Judges random sequences, each with weights of its own, until one breaks a clause.");
  app.add_option("--design", options.design, "who is on trial")->required();
  app.add_option("--seconds", options.seconds, "for how long")->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "the first sequence's number")->capture_default_str();
  app.add_option("--frames", options.frames, "the largest arena")
      ->check(CLI::Range(1U, 1U << 16))
      ->capture_default_str();
  app.add_option("-o,--output", options.output, "where a finding goes: FILE.ops or FILE.opsb")
      ->required();
  app.footer("Example: assay-swarm --design bitmap --seconds 60 --frames 4096 -o found.ops");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kUnusable;
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
