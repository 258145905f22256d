/// assay-explore: every reachable state of small arenas, every call in each, judged.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "fuzz/explorer.h"
#include "fuzz/small_arena.h"
#include "fuzz/totals.h"
#include "fuzz/variants.h"
#include "oracle/host/fit.h"
#include "oracle/host/registry.h"

namespace assay {

namespace {

constexpr int kFine = 0;
constexpr int kFinding = 1;
constexpr int kUnusable = 2;
constexpr std::uint32_t kMaxHoleFrames = 16;  // 65,536 maps; and an arena has at most 16 holes

struct Options {
  std::vector<std::string> designs;
  std::uint32_t frames = 8;
  std::uint32_t from = 0;
  std::uint32_t hole_frames = 0;
  std::uint32_t zero_frames = 0;
  std::uint32_t both_oracles = 6;
  std::uint32_t base = 1;
  std::uint64_t memory_mib = 4096;
  bool json = false;
};

/// Ends the program with one line on stderr.
struct Unusable {
  std::string message;
};

std::string title_of(const Variant& variant) {
  if (variant.word_bits == 0) return variant.name;
  return fmt::format("{}, {}-bit words", variant.name, variant.word_bits);
}

/// `.` usable, `#` reserved at first.
std::string picture(const Arena& arena) {
  std::string text(arena.frames.value(), '.');
  for (const Run& hole : arena.hole_runs()) {
    text.replace((hole.first - arena.base).value(), hole.count.value(), hole.count.value(), '#');
  }
  return text;
}

/// Shows on a terminal how far an exploration is.
class Ticker {
 public:
  void show(const std::string& title, std::uint32_t frames, const Exploration& now) {
    if (!on_terminal_ || now.seconds - shown_at_ < 0.2) return;
    shown_at_ = now.seconds;
    fmt::print(stderr, "\r\x1b[K{}, {} frames: {} states found, {} explored, {} calls", title,
               frames, now.states, now.expanded, now.transitions);
    std::fflush(stderr);
  }
  void clear() {
    if (on_terminal_ && shown_at_ > 0) fmt::print(stderr, "\r\x1b[K");
    shown_at_ = 0;
  }

 private:
  bool on_terminal_ = isatty(STDERR_FILENO) == 1;
  double shown_at_ = 0;
};

nlohmann::json to_json(const Variant& variant, const Counterexample& broken) {
  const std::string ops = to_text(broken.sequence);
  nlohmann::json json = {{"operations", broken.sequence.operations.size()}, {"ops", ops}};
  const bool repeats = !broken.verdict.passed();
  json["verdict"] = repeats ? broken.verdict.text.c_str() : nullptr;
  json["clause"] = repeats ? fmt::format("C{}", number_of(broken.verdict.clause)) : "";
  json["key"] = repeats ? key_of(variant.name, broken.verdict) : "";
  return json;
}

nlohmann::json to_json(const Variant& variant, const Arena& arena, const Exploration& done) {
  nlohmann::json json = {{"design", variant.name},
                         {"word_bits", nullptr},
                         {"base", arena.base.value()},
                         {"frames", arena.frames.value()},
                         {"map", picture(arena)},
                         {"ram", arena.ram == RamContent::zero ? "zero" : "junk"},
                         {"closed", done.closed()},
                         {"states", done.states},
                         {"expanded", done.expanded},
                         {"abstract_states", done.abstract_states},
                         {"possible_states", possible_states(arena, variant.design.contract)},
                         {"transitions", done.transitions},
                         {"bytes", done.bytes},
                         {"seconds", done.seconds},
                         {"behaviour", fmt::format("{:016x}", done.behaviour)},
                         {"outcomes", outcomes_to_json(done.outcomes)},
                         {"finding", nullptr}};
  if (variant.word_bits != 0) json["word_bits"] = variant.word_bits;
  if (done.broken) json["finding"] = to_json(variant, *done.broken);
  return json;
}

/// A line of the table: one arena, or all hole maps of a number of frames.
struct Row {
  std::uint32_t arenas = 0;
  std::uint64_t possible_states = 0;
  Exploration sum;

  void add(std::uint64_t possible, const Exploration& done) {
    ++arenas;
    possible_states += possible;
    sum.states += done.states;
    sum.abstract_states += done.abstract_states;
    sum.transitions += done.transitions;
    sum.seconds += done.seconds;
  }
};

class Program {
 public:
  explicit Program(const Options& options) : options_(options) {}

  int run() {
    if (!options_.json) {
      fmt::print("{:<24} {:>6} {:>7} {:>12} {:>10} {:>10} {:>14} {:>8}\n", "design", "frames",
                 "arenas", "states", "abstract", "possible", "calls", "seconds");
    }
    for (const std::string& design : chosen()) {
      if (!explore_design(design)) worst_ = kFinding;
    }
    if (options_.json) {
      fmt::print("{}\n", nlohmann::json{{"schema", "assay-explore"},
                                        {"schema_version", 1},
                                        {"explorations", explorations_},
                                        {"differences", differences_}}
                             .dump(1));
    }
    return worst_;
  }

 private:
  /// The designs that were named, each once, or all but the zoo.
  [[nodiscard]] std::vector<std::string> chosen() const {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const std::string& name : options_.designs) {
      if (find_design(name) == nullptr) {
        throw Unusable{fmt::format("there is no design '{}'; known: {}", name, known_designs())};
      }
      add(name);
    }
    if (!names.empty()) return names;
    for (const DesignEntry& entry : all_designs()) {
      if (!entry.in_zoo()) add(entry.name);
    }
    return names;
  }

  /// All arenas on all variants of a design, which must behave alike. Returns: false for a finding.
  bool explore_design(const std::string& design) {
    const std::uint32_t first = options_.from != 0 ? options_.from : options_.frames;
    behaviours_.clear();
    for (const Variant& variant : variants_of(design)) {
      for (std::uint32_t frames = first; frames <= options_.frames; ++frames) {
        if (!explore_maps(variant, frames, 1, RamContent::junk)) return false;
      }
      for (std::uint32_t frames = 1; frames <= options_.hole_frames; ++frames) {
        if (!explore_maps(variant, frames, 1U << frames, RamContent::junk)) return false;
      }
      for (std::uint32_t frames = 1; frames <= options_.zero_frames; ++frames) {
        if (!explore_maps(variant, frames, 1U << frames, RamContent::zero)) return false;
      }
    }
    return true;
  }

  /// The first `maps` hole maps of an arena; map 0 has no holes.
  bool explore_maps(const Variant& variant, std::uint32_t frames, std::uint32_t maps,
                    RamContent ram) {
    Row row;
    for (std::uint32_t reserved = 0; reserved < maps; ++reserved) {
      const Arena arena = small_arena(Pfn{options_.base}, FrameCount{frames}, reserved, ram);
      if (!misfit_of(arena, variant.design.contract).empty()) continue;
      const Exploration done = explore_one(variant, arena);
      row.add(possible_states(arena, variant.design.contract), done);
      if (options_.json) explorations_.push_back(to_json(variant, arena, done));
      if (done.broken) {
        if (!options_.json) print_finding(variant, arena, *done.broken);
        return false;
      }
      if (!done.closed()) report_stop(variant, arena, done);
      if (done.closed() && !behaves_alike(variant, arena, done)) return false;
    }
    if (!options_.json) print_row(variant, frames, row);
    return true;
  }

  Exploration explore_one(const Variant& variant, const Arena& arena) {
    const ExploreOptions options{.memory_bytes = options_.memory_mib << 20,
                                 .both_oracles = arena.frames.value() <= options_.both_oracles,
                                 .progress = [&](const Exploration& now) {
                                   ticker_.show(title_of(variant), arena.frames.value(), now);
                                 }};
    Exploration done = explore(variant.design, arena, options);
    ticker_.clear();
    return done;
  }

  /// Word borders may be anywhere: no state and no placement may depend on them.
  bool behaves_alike(const Variant& variant, const Arena& arena, const Exploration& done) {
    const auto [first, is_new] =
        behaviours_.try_emplace({picture(arena), arena.ram}, title_of(variant), done.behaviour);
    if (is_new || first->second.second == done.behaviour) return true;
    const std::string text =
        fmt::format("{} does not behave like {} in the arena {} at {}", title_of(variant),
                    first->second.first, picture(arena), options_.base);
    differences_.push_back(text);
    if (!options_.json) fmt::print("{}\n", text);
    return false;
  }

  void print_row(const Variant& variant, std::uint32_t frames, const Row& row) const {
    fmt::print("{:<24} {:>6} {:>7} {:>12} {:>10} {:>10} {:>14} {:>8.2f}\n", title_of(variant),
               frames, row.arenas, row.sum.states, row.sum.abstract_states, row.possible_states,
               row.sum.transitions, row.sum.seconds);
    std::fflush(stdout);
  }

  void report_stop(const Variant& variant, const Arena& arena, const Exploration& done) const {
    fmt::print(
        stderr,
        "assay-explore: {} in the arena {}: stopped at the memory limit of {} MiB: {} states "
        "found, {} of them explored, no clause broken; --memory raises the limit\n",
        title_of(variant), picture(arena), options_.memory_mib, done.states, done.expanded);
  }

  static void print_finding(const Variant& variant, const Arena& arena,
                            const Counterexample& broken) {
    fmt::print("{} breaks the contract in the arena {}; shortest sequence, {} operations:\n\n{}\n",
               title_of(variant), picture(arena), broken.sequence.operations.size(),
               to_text(broken.sequence));
    fmt::print("{}\n", broken.verdict.passed()
                           ? "A trial of this sequence does not repeat it: the allocator's "
                             "behaviour depends on something outside of its state."
                           : broken.verdict.text.c_str());
  }

  Options options_;
  Ticker ticker_;
  /// By what the arena looks like: the first variant there, and how it behaves.
  std::map<std::pair<std::string, RamContent>, std::pair<std::string, std::uint64_t>> behaviours_;
  nlohmann::json explorations_ = nlohmann::json::array();
  nlohmann::json differences_ = nlohmann::json::array();
  int worst_ = kFine;
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Explores every reachable state of small arenas and judges every call in each.");
  app.add_option("DESIGN", options.designs, "who is explored (default: all designs)");
  app.add_option("--frames", options.frames, "frames of the arena")
      ->check(CLI::Range(1U, kMaxExploredFrames))
      ->capture_default_str();
  app.add_option("--from", options.from, "all arenas from this many frames up to --frames")
      ->check(CLI::Range(1U, kMaxExploredFrames));
  app.add_option("--hole-frames", options.hole_frames, "all hole maps of 1 to this many frames too")
      ->check(CLI::Range(0U, kMaxHoleFrames));
  app.add_option("--zero-frames", options.zero_frames,
                 "these, over RAM that is zero at first, up to this many frames")
      ->check(CLI::Range(0U, kMaxHoleFrames));
  app.add_option("--both-oracles", options.both_oracles,
                 "arenas of up to this many frames are judged by both oracles")
      ->check(CLI::Range(0U, kMaxExploredFrames))
      ->capture_default_str();
  app.add_option("--base", options.base, "number of the first frame")
      ->check(CLI::Range(0U, 0xFFFF'FFFFU - kMaxExploredFrames))
      ->capture_default_str();
  app.add_option("--memory", options.memory_mib, "MiB for the states of one arena")
      ->check(CLI::Range(1U, 1U << 24))
      ->capture_default_str();
  app.add_flag("--json", options.json, "one JSON document");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kUnusable;
  }
  return Program(options).run();
}

}  // namespace

}  // namespace assay

int main(int argc, char** argv) {
  try {
    return assay::run(argc, argv);
  } catch (const assay::Unusable& error) {
    fmt::print(stderr, "assay-explore: {}\n", error.message);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "assay-explore: out of memory; lower --memory or --frames\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay-explore: {}\n", error.what());
  }
  return assay::kUnusable;
}
