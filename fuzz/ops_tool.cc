/// assay-ops: replays, shrinks and converts sequences.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "fuzz/shrinker.h"
#include "fuzz/totals.h"
#include "oracle/host/isolated.h"
#include "oracle/host/registry.h"
#include "oracle/operations/text.h"

namespace assay {

namespace {

constexpr int kFine = 0;
constexpr int kFinding = 1;
constexpr int kUnusable = 2;

/// Ends the program with one line on stderr.
struct Unusable {
  std::string message;
};

struct Options {
  std::string input;
  std::string output;
  std::string design;
  std::uint32_t until = kToTheEnd;
  unsigned seconds = 10;
  bool json = false;
};

Sequence load_or_throw(const std::string& path) {
  auto sequence = load(path);
  if (!sequence) throw Unusable{sequence.error()};
  return std::move(*sequence);
}

const DesignEntry& design_or_throw(const std::string& name) {
  if (const DesignEntry* entry = find_judge(name)) return *entry;
  throw Unusable{
      fmt::format("there is no design '{}'; known: {}, {}", name, known_designs(), kLockstepName)};
}

/// The file's sequence, if the design takes an arena of that size.
Sequence load_for(const DesignEntry& design, const std::string& path) {
  Sequence sequence = load_or_throw(path);
  if (sequence.arena.frames > design.contract().max_frames) {
    throw Unusable{fmt::format("{}: the arena has {} frames; {} takes at most {}", path,
                               sequence.arena.frames.value(), design.name,
                               design.contract().max_frames.value())};
  }
  return sequence;
}

void save_or_throw(const Sequence& sequence, const std::string& path) {
  const std::string error = save(sequence, path);
  if (!error.empty()) throw Unusable{error};
}

nlohmann::json to_json(const std::string& design, std::size_t operations,
                       const TrialResult& result) {
  const Verdict& verdict = result.verdict;
  nlohmann::json json = {{"design", design},
                         {"operations", operations},
                         {"calls", result.outcomes.calls()},
                         {"hash", fmt::format("{:016x}", result.hash)},
                         {"outcomes", outcomes_to_json(result.outcomes)},
                         {"skips", skips_to_json(find_judge(design)->contract())},
                         {"verdict", nullptr},
                         {"clause", nullptr},
                         {"key", nullptr}};
  if (!verdict.passed()) {
    json["verdict"] = verdict.text.c_str();
    json["clause"] = fmt::format("C{}", number_of(verdict.clause));
    json["key"] = key_of(design, verdict);
  }
  return json;
}

/// Prints each operation with what it did and, in a small arena, who holds which frame after it.
class StepPrinter {
 public:
  void operator()(const StepView& step) {
    TextBuffer line;
    print_operation(line, step.operation, names_);
    fmt::print("{:>5}  {:<28} {:<18} {}\n", step.position, line.c_str(), result_of(step),
               picture(step.model));
    if (step.operation.names_block()) ++names_;
    before_ = step.outcomes;
  }

 private:
  std::string result_of(const StepView& step) const {
    if (!step.passed) return "BROKEN";
    std::string text;
    const auto add = [&](std::uint32_t now, std::uint32_t before, const char* word) {
      if (now == before) return;
      const std::string times = now - before == 1 ? "" : fmt::format(" {}x", now - before);
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ", word, times);
    };
    add(step.outcomes.allocated, before_.allocated, "allocated");
    add(step.outcomes.none, before_.none, "none");
    add(step.outcomes.freed, before_.freed, "freed");
    add(step.outcomes.refused, before_.refused, "refused");
    add(step.outcomes.grown, before_.grown, "grown");
    add(step.outcomes.skipped, before_.skipped, "skipped");
    add(step.outcomes.aliased, before_.aliased, "aliased");
    add(step.outcomes.unpromised, before_.unpromised, "unpromised");
    return text.empty() ? "nothing to do" : text;
  }

  /// `.` free, `#` reserved, a capital the first frame of a block, small letters the rest.
  static std::string picture(const Model& model) {
    const Run arena = model.arena();
    if (arena.count > FrameCount{64}) return "";
    std::string text = "|";
    for (std::uint32_t i = 0; i < arena.count.value(); ++i) {
      const Pfn pfn = arena.first + FrameCount{i};
      if (const auto block = model.block_at(pfn)) {
        const char letter = static_cast<char>('a' + model.owner_of_block(block->first) % 26);
        text += block->first == pfn ? static_cast<char>(letter - 'a' + 'A') : letter;
      } else {
        text += model.is_reserved({pfn, FrameCount{1}}) ? '#' : '.';
      }
    }
    return text + "|";
  }

  std::uint32_t names_ = 0;
  Outcomes before_;
};

int replay(const Options& options) {
  constexpr std::size_t kMaxPrinted = 1000;
  constexpr FrameCount kMaxWholeFrames{1U << 16};  // 256 MiB of RAM
  const DesignEntry& design = design_or_throw(options.design);
  const Sequence sequence = load_for(design, options.input);
  const bool print_steps = !options.json && sequence.operations.size() <= kMaxPrinted;
  HostMemory memory;
  if (sequence.arena.frames <= kMaxWholeFrames) memory.set_depth({.content = ContentDepth::whole});
  const TrialResult result = design.run(memory, sequence, options.until,
                                        print_steps ? Observer(StepPrinter()) : Observer());
  const std::size_t operations = std::min<std::size_t>(sequence.operations.size(), options.until);
  if (options.json) {
    fmt::print("{}\n", to_json(design.name, operations, result).dump(2));
  } else {
    const Skips skips = skips_of(design.contract());
    for (const Skip& skip : skips.all()) {
      fmt::print("not judged: C{}, {}: {}\n", number_of(skip.clause), skip.check, skip.reason);
    }
    fmt::print(
        "{}: {} operations, {} calls, hash {:016x}\n{}\n", design.name, operations,
        result.outcomes.calls(), result.hash,
        result.verdict.passed() ? "passed: no clause was broken" : result.verdict.text.c_str());
  }
  return result.verdict.passed() ? kFine : kFinding;
}

int shrink_file(const Options& options) {
  const DesignEntry& design = design_or_throw(options.design);
  const Sequence sequence = load_for(design, options.input);
  HostMemory memory;
  const auto judge = [&](const Sequence& candidate) {
    return judge_isolated(
        design.name, [&] { return design.run(memory, candidate).verdict; }, options.seconds);
  };
  const Judgement judgement = judge(sequence);
  if (judgement.passed()) {
    throw Unusable{fmt::format("{}: breaks no clause on {}: there is nothing to shrink",
                               options.input, design.name)};
  }
  const Shrunk shrunk = shrink(
      sequence, [&](const Sequence& candidate) { return judge(candidate).key == judgement.key; });
  save_or_throw(shrunk.sequence, options.output);
  fmt::print("{} operations -> {} in {} trials\n{}\n{}\n", sequence.operations.size(),
             shrunk.sequence.operations.size(), shrunk.trials, judgement.key,
             judge(shrunk.sequence).text);
  return kFine;
}

int convert(const Options& options) {
  save_or_throw(load_or_throw(options.input), options.output);
  return kFine;
}

nlohmann::json to_json(const Fault& fault) {
  const char* const hunter = fault.must_be_caught_by() == Hunter::explorer ? "explorer" : "swarm";
  nlohmann::json json = {{"clause", fmt::format("C{}", number_of(fault.clause))},
                         {"calls", fault.calls},
                         {"frames", fault.frames},
                         {"ram", nullptr},
                         {"must_be_caught_by", hunter}};
  if (fault.ram) json["ram"] = fault.ram == RamContent::zero ? "zero" : "junk";
  return json;
}

int list_designs(const Options& options) {
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const DesignEntry& entry : all_designs()) {
      list.push_back({{"name", entry.name}, {"fault", nullptr}});
      if (entry.fault != nullptr) list.back()["fault"] = to_json(*entry.fault);
    }
    fmt::print("{}\n", list.dump(1));
    return kFine;
  }
  for (const DesignEntry& entry : all_designs()) {
    fmt::print("{}{}\n", entry.name, entry.in_zoo() ? " (wrong on purpose)" : "");
  }
  return kFine;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Replays, shrinks and converts operation sequences (.ops text, .opsb bytes).");
  app.require_subcommand(1);

  CLI::App* replay_command = app.add_subcommand("replay", "judge a sequence, step by step");
  replay_command->add_option("FILE", options.input)->required();
  replay_command->add_option("--design", options.design, "who is on trial")->required();
  replay_command->add_option("--until", options.until, "stop after this many operations");
  replay_command->add_flag("--json", options.json, "one JSON document instead of steps");

  CLI::App* shrink_command = app.add_subcommand("shrink", "the shortest sequence with this key");
  shrink_command->add_option("FILE", options.input)->required();
  shrink_command->add_option("--design", options.design, "who is on trial")->required();
  shrink_command->add_option("-o,--output", options.output, "FILE.ops or FILE.opsb")->required();

  shrink_command->add_option("--seconds", options.seconds, "a trial that takes longer hangs");

  CLI::App* convert_command = app.add_subcommand("convert", "text to bytes, or back");
  convert_command->add_option("IN", options.input)->required();
  convert_command->add_option("OUT", options.output, "FILE.ops or FILE.opsb")->required();

  CLI::App* designs_command = app.add_subcommand("designs", "the names of all designs");
  designs_command->add_flag("--json", options.json, "with what the zoo says of its faults");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kUnusable;
  }
  if (replay_command->parsed()) return replay(options);
  if (shrink_command->parsed()) return shrink_file(options);
  if (convert_command->parsed()) return convert(options);
  return designs_command->parsed() ? list_designs(options) : kUnusable;
}

}  // namespace

}  // namespace assay

int main(int argc, char** argv) {
  // Line by line, so that the steps before a crash are seen.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    return assay::run(argc, argv);
  } catch (const assay::Unusable& error) {
    fmt::print(stderr, "assay-ops: {}\n", error.message);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "assay-ops: there is not enough memory for this arena; make it smaller\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay-ops: {}\n", error.what());
  }
  return assay::kUnusable;
}
