/// How the design stands: its counts, its invariants, and what it does with a sequence.
#include "kernel-shim/machine/console.h"
#include "kernel-shim/machine/timer.h"
#include "kernel-shim/shell/commands.h"
#include "kernel-shim/shell/counted.h"
#include "kernel-shim/shell/dots.h"
#include "kernel-shim/trial/replay.h"

namespace assay::kernel {

namespace {

constexpr std::size_t kNameWidth = 20;
constexpr std::size_t kNumberWidth = 12;

void pad(std::size_t printed, std::size_t width) {
  for (; printed < width; ++printed) console << ' ';
}

void print_name(const char* name) {
  console << name;
  pad(std::string_view(name).size(), kNameWidth);
}

void print_cell(const TextBuffer& text) {
  pad(std::string_view(text.c_str()).size(), kNumberWidth);
  console << text.c_str();
}

/// A row with a cell for each zone: `write` puts the text of a cell into its second argument.
template <class Write>
void print_row(const char* name, Write write) {
  print_name(name);
  for (const Zone& zone : zones()) {
    TextBuffer text;
    write(zone, text);
    print_cell(text);
  }
  console << '\n';
}

std::optional<FrameCount> longest_free_run(const Zone& zone) {
  if (!KernelDesign::contract.knows_longest_run) return std::nullopt;
  return zone.largest_free_run();
}

/// The share of the free frames that lie outside the largest free run, with a digit behind the
/// point. Free frames have 20 bits, so a thousand times as many have less than 32.
void write_fragmentation(const Zone& zone, TextBuffer& text) {
  const std::optional<FrameCount> longest = longest_free_run(zone);
  const std::uint32_t free = zone.counts().free.value();
  if (!longest || free == 0) {
    text << "-";
    return;
  }
  const std::uint32_t outside = (free - longest->value()) * 1000 / free;
  text << outside / 10 << "." << outside % 10 << " %";
}

void write_longest(const Zone& zone, TextBuffer& text) {
  if (const auto longest = longest_free_run(zone)) {
    text << *longest;
  } else {
    text << "-";
  }
}

/// Somebody else's allocator need not have a check of its own.
void print_verdicts() {
  const char* sound = KernelDesign::contract.foreign ? "its own check, if it has one, finds nothing"
                                                     : "every invariant holds";
  for (const Zone& zone : zones()) {
    const char* broken = zone.validate();
    console << zone.name() << " memory: " << (broken == nullptr ? sound : broken) << '\n';
  }
}

const BootModule* find_module(std::string_view name) {
  for (const BootModule& module : boot_info().boot_modules()) {
    if (name == module.name.data()) return &module;
  }
  return nullptr;
}

void list_modules() {
  if (boot_info().module_count == 0) {
    console << "no sequence was loaded; `./assay boot DESIGN --interactive --trace NAME` does it\n";
  }
  for (const BootModule& module : boot_info().boot_modules()) {
    console << "  " << module.name.data() << '\n';
  }
}

}  // namespace

void commands::stats(Shell& shell, Arguments& arguments) {
  if (!arguments.are_fine()) return;
  print_row("frames", [](const Zone& zone, TextBuffer& text) { text << zone.name(); });
  print_row("managed", [](const Zone& zone, TextBuffer& text) { text << zone.counts().managed; });
  print_row("used", [](const Zone& zone, TextBuffer& text) { text << zone.counts().used; });
  print_row("free", [](const Zone& zone, TextBuffer& text) { text << zone.counts().free; });
  print_row("largest free run", write_longest);
  print_row("free outside it", write_fragmentation);
  print_row("bytes of its table",
            [](const Zone& zone, TextBuffer& text) { text << zone.design_bytes(); });
  print_verdicts();
  console << "the shell holds " << counted(shell.blocks.size(), "block") << ", "
          << frames(shell.blocks.frames()) << "; " << ticks() << " ticks since boot, "
          << kTicksPerSecond << " a second\n";
}

void commands::check(Shell& /*shell*/, Arguments& arguments) {
  if (!arguments.are_fine()) return;
  print_verdicts();
  for (const Zone& zone : zones()) {
    if (!zone.fills()) {
      console << zone.name() << " memory: free frames are not filled; "
              << (KernelDesign::contract.foreign ? "who knows what it keeps there\n"
                                                 : "`--fill` would do it\n");
    } else if (const auto spoiled = zone.check_free_list()) {
      console << "byte " << spoiled->offset << " of free frame " << spoiled->frame
              << " is no longer as it was filled\n";
    } else {
      console << zone.name() << " memory: every byte of "
              << counted(zone.counts().free.value(), "free frame") << " is as it was filled\n";
    }
  }
}

/// In the log's own words, so that the host finds and compares them.
void commands::run(Shell& /*shell*/, Arguments& arguments) {
  const std::string_view name = arguments.word();
  if (!arguments.are_fine()) return;
  if (name.empty()) return list_modules();
  const BootModule* module = find_module(name);
  if (module == nullptr) {
    console << "no sequence of that name; `run` lists what was loaded\n";
    return;
  }
  TrialResult result;
  TextBuffer why;
  const bool ran = replay(*module, result, why, show_dot);
  console.finish_line();
  if (!ran) {
    console << "not run: " << why.c_str() << '\n';
    return;
  }
  print_trial(*module, result);
  console << (result.verdict.passed() ? "the oracle found nothing wrong"
                                      : result.verdict.text.c_str())
          << '\n';
}

}  // namespace assay::kernel
