/// assay-ops: replays, shrinks and converts sequences.
#include <fmt/format.h>
#include <sys/mman.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>

#include "fuzz/answers.h"
#include "fuzz/finding.h"
#include "fuzz/step_printer.h"
#include "fuzz/totals.h"
#include "oracle/host/file.h"
#include "oracle/host/fit.h"

namespace assay {

namespace {

constexpr int kFine = 0;
constexpr int kFinding = 1;
constexpr int kUnusable = 2;

/// Ends the program with one line on stderr.
struct Unusable {
  std::string message;
};

/// Of a machine that may be busy: who does not return is stopped after 2 s of CPU time.
constexpr unsigned kInitSeconds = 60;

struct Options {
  std::string input;
  std::string output;
  std::string design;
  std::string answers;
  std::uint32_t until = kToTheEnd;
  unsigned seconds = 10;
  bool json = false;
};

Sequence load_or_throw(const std::string& path) {
  auto sequence = load(path);
  if (!sequence) throw Unusable{sequence.error()};
  return std::move(*sequence);
}

DesignEntry design_or_throw(const std::string& name) {
  if (const DesignEntry* judge = find_judge(name)) return *judge;
  if (const auto variant = find_variant(name)) return *variant;
  throw Unusable{
      fmt::format("there is no design '{}'; known: {}, {}", name, known_designs(), kLockstepName)};
}

/// The file's sequence, if the design takes such an arena.
Sequence load_for(const DesignEntry& design, const std::string& path) {
  Sequence sequence = load_or_throw(path);
  const std::string misfit = misfit_of(sequence.arena, design.contract());
  if (!misfit.empty()) throw Unusable{fmt::format("{}: {} by {}", path, misfit, design.name)};
  return sequence;
}

void save_or_throw(const Sequence& sequence, const std::string& path) {
  const std::string error = save(sequence, path);
  if (!error.empty()) throw Unusable{error};
}

nlohmann::json to_json(const DesignEntry& design, std::size_t operations,
                       const TrialResult& result) {
  const Verdict& verdict = result.verdict;
  nlohmann::json json = {{"design", design.name},
                         {"operations", operations},
                         {"calls", result.outcomes.calls()},
                         {"hash", fmt::format("{:016x}", result.hash)},
                         {"outcomes", outcomes_to_json(result.outcomes)},
                         {"skips", skips_to_json(design.contract())},
                         {"verdict", nullptr},
                         {"clause", nullptr},
                         {"key", nullptr}};
  if (!verdict.passed()) {
    json["verdict"] = verdict.text.c_str();
    json["clause"] = fmt::format("C{}", number_of(verdict.clause));
    json["key"] = key_of(design.name, verdict);
  }
  return json;
}

TrialResult run_and_save_answers(const DesignEntry& design, HostMemory& memory,
                                 const Sequence& sequence, const Options& options) {
  if (design.name == std::string_view(kLockstepName)) {
    throw Unusable{"lockstep has no answers of its own; name a design"};
  }
  const Answered answered = run_with_answers(design, memory, sequence, options.until);
  const std::string error = write_file(options.answers, answers_to_text(answered.answers));
  if (!error.empty()) throw Unusable{error};
  return answered.result;
}

/// Of long sequences the last steps are printed.
Observer printer_for(const Sequence& sequence, std::uint32_t until) {
  constexpr std::uint32_t kMaxPrinted = 1000;
  constexpr std::uint32_t kLast = 20;
  const auto all = static_cast<std::uint32_t>(sequence.operations.size());
  const std::uint32_t end = std::min(all, until);
  return StepPrinter(sequence.arena, stdout, end <= kMaxPrinted ? 1 : end - kLast + 1);
}

int replay(const Options& options) {
  const DesignEntry design = design_or_throw(options.design);
  const Sequence sequence = load_for(design, options.input);
  HostMemory memory;
  if (sequence.arena.frames <= kMaxWholeFrames) memory.set_depth({.content = ContentDepth::whole});
  const TrialResult result =
      options.answers.empty()
          ? design.run(memory, sequence, options.until,
                       options.json ? Observer() : printer_for(sequence, options.until))
          : run_and_save_answers(design, memory, sequence, options);
  const std::size_t operations = std::min<std::size_t>(sequence.operations.size(), options.until);
  if (options.json) {
    fmt::print("{}\n", to_json(design, operations, result).dump(2));
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

/// Keeps beside the shortest sequence the one for narrower words, if its arena is smaller.
void print_narrow(const Options& options, const Sequence& sequence, const ShrunkFinding& finding) {
  const auto narrow = shrink_words(variants_of(options.design), sequence, finding, options.seconds);
  if (!narrow) return;
  const std::string path = fmt::format(
      "{}-{}bit.ops", options.output.substr(0, options.output.rfind('.')), narrow->word_bits);
  save_or_throw(narrow->shrunk.sequence, path);
  fmt::print("with words of {} bits {} operations in {} frames: {} --design {}/{}\n",
             narrow->word_bits, narrow->shrunk.sequence.operations.size(),
             narrow->shrunk.sequence.arena.frames.value(), path, options.design, narrow->word_bits);
}

int shrink_file(const Options& options) {
  const DesignEntry design = design_or_throw(options.design);
  // As a target judged it (fuzz/plugin_target.cc).
  const Sequence sequence = fitted(load_or_throw(options.input), design.contract());
  const auto finding = shrink_finding(design, sequence, options.seconds);
  if (!finding) {
    throw Unusable{fmt::format("{}: breaks no clause on {}: there is nothing to shrink",
                               options.input, design.name)};
  }
  const auto& [shrunk, judgement, found] = *finding;
  save_or_throw(shrunk.sequence, options.output);
  fmt::print("{} operations -> {} in {} trials\n", sequence.operations.size(),
             shrunk.sequence.operations.size(), shrunk.trials);
  if (judgement.key != found) {
    fmt::print("found as {}: in large arenas that is looked at only now and then\n", found);
  }
  print_narrow(options, sequence, *finding);
  fmt::print("{}\n{}\n", judgement.key, judgement.text);
  return kFine;
}

/// Prints which operation breaks or ends the trial: 0 for init, one more than there are for the
/// end. In a process of its own, since it may be the last thing the process does.
int locate(const Options& options) {
  const DesignEntry design = design_or_throw(options.design);
  const Sequence sequence = load_for(design, options.input);
  HostMemory memory;
  if (sequence.arena.frames <= kMaxWholeFrames) memory.set_depth({.content = ContentDepth::whole});
  void* const page = mmap(nullptr, sizeof(std::uint32_t), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::bad_alloc();
  operation_under_way = static_cast<volatile std::uint32_t*>(page);
  const Judgement judgement = judge_isolated(
      design.name,
      [&] { return design.run(memory, sequence, kToTheEnd, [](const StepView&) {}).verdict; },
      options.seconds);
  if (judgement.passed()) return kFine;
  fmt::print("{}\n{}\n", *operation_under_way, judgement.text);
  return kFinding;
}

int convert(const Options& options) {
  Sequence sequence = load_or_throw(options.input);
  if (!options.design.empty()) {
    sequence = fitted(std::move(sequence), design_or_throw(options.design).contract());
  }
  save_or_throw(sequence, options.output);
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

/// Switches one machine on and off again: whether a plug-in can be loaded and its init returns. In
/// a process of its own, since it may die.
int check(const Options& options) {
  const DesignEntry design = design_or_throw(options.design);
  constexpr FrameCount kFrames{64};
  const Arena arena{.base = Pfn{kFrames.value()}, .frames = kFrames};
  const Sequence sequence = fitted({.arena = arena, .operations = {}}, design.contract());
  const Judgement judgement = judge_isolated(
      design.name,
      [&] {
        HostMemory memory;
        return design.run(memory, sequence, 0).verdict;
      },
      kInitSeconds);
  if (judgement.passed()) return kFine;
  fmt::print("in an arena of {} frames: {}\n", sequence.arena.frames.value(), judgement.text);
  return kFinding;
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
  replay_command->add_option("--answers", options.answers, "FILE for what each call returned");
  replay_command->add_flag("--json", options.json, "one JSON document instead of steps");

  CLI::App* shrink_command = app.add_subcommand("shrink", "the shortest sequence with this key");
  shrink_command->add_option("FILE", options.input)->required();
  shrink_command->add_option("--design", options.design, "who is on trial")->required();
  shrink_command->add_option("-o,--output", options.output, "FILE.ops or FILE.opsb")->required();
  shrink_command->add_option("--seconds", options.seconds, "a trial that takes longer hangs");

  CLI::App* locate_command = app.add_subcommand("locate", "which operation breaks or ends a trial");
  locate_command->add_option("FILE", options.input)->required();
  locate_command->add_option("--design", options.design, "who is on trial")->required();

  CLI::App* convert_command = app.add_subcommand("convert", "text to bytes, or back");
  convert_command->add_option("IN", options.input)->required();
  convert_command->add_option("OUT", options.output, "FILE.ops or FILE.opsb")->required();

  convert_command->add_option("--design", options.design, "into an arena that it takes");

  CLI::App* check_command = app.add_subcommand("check", "whether a plug-in can be switched on");
  check_command->add_option("FILE.so", options.design)->required();

  CLI::App* designs_command = app.add_subcommand("designs", "the names of all designs");
  designs_command->add_flag("--json", options.json, "with what the zoo says of its faults");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kUnusable;
  }
  if (replay_command->parsed()) return replay(options);
  if (shrink_command->parsed()) return shrink_file(options);
  if (locate_command->parsed()) return locate(options);
  if (convert_command->parsed()) return convert(options);
  if (check_command->parsed()) return check(options);
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
