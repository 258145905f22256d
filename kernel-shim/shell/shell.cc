#include "kernel-shim/shell/shell.h"

#include <algorithm>
#include <array>

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/describe.h"
#include "kernel-shim/machine/console.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/watchdog.h"
#include "kernel-shim/shell/commands.h"
#include "kernel-shim/shell/counted.h"
#include "kernel-shim/shell/line.h"

namespace assay::kernel {

namespace {

constexpr const char* kPrompt = "assay> ";
constexpr std::size_t kUsageWidth = 38;

struct Command {
  const char* name;
  const char* arguments;
  const char* what;
  void (*run)(Shell& shell, Arguments& arguments);
};

void help(Shell& shell, Arguments& arguments);
void quit(Shell& shell, Arguments& arguments);

constexpr Command kCommands[] = {
    {"picture", " [low|high]", "memory, a character for some frames", commands::picture},
    {"stats", "", "its counts, runs and invariants", commands::stats},
    {"alloc", " COUNT [ALIGNMENT] [low|high]", "takes a block", commands::alloc},
    {"free", " FRAME", "frees what begins there, or is refused", commands::free},
    {"blocks", "", "what the shell holds", commands::blocks},
    {"churn", " N [SEED]", "N random allocations and frees", commands::churn},
    {"release", "", "gives back all that the shell holds", commands::release},
    {"map", "", "who lies where in memory", commands::map},
    {"map", " ADDRESS [FRAME]", "maps a page to a fresh frame, or that one", commands::map},
    {"unmap", " ADDRESS", "undoes that", commands::unmap},
    {"fault", " ADDRESS [write]", "touches an address, and survives", commands::fault},
    {"check", "", "invariants; with --fill each free byte", commands::check},
    {"run", " [NAME]", "a loaded sequence on trial", commands::run},
    {"help", "", "this list", help},
    {"quit", "", "ends the machine, as Ctrl-D does", quit},
};

void help(Shell& /*shell*/, Arguments& arguments) {
  if (!arguments.are_fine()) return;
  for (const Command& command : kCommands) {
    TextBuffer usage;
    usage << "  " << command.name << command.arguments;
    console << usage.c_str();
    for (std::size_t i = std::string_view(usage.c_str()).size(); i < kUsageWidth; ++i) {
      console << ' ';
    }
    console << command.what << '\n';
  }
  console << "Numbers are decimal, or hexadecimal with 0x in front.\n";
}

void quit(Shell& shell, Arguments& arguments) { shell.is_left = arguments.are_fine(); }

/// The way to type a command: of several, all.
void print_usage(std::string_view name) {
  const char* separator = "; type: ";
  for (const Command& command : kCommands) {
    if (name != command.name) continue;
    console << separator << command.name << command.arguments;
    separator = ", or: ";
  }
  console << '\n';
}

void run_line(Shell& shell, std::string_view line) {
  Arguments arguments(line);
  const std::string_view name = arguments.word();
  if (name.empty()) return;
  const Command* command = std::ranges::find(kCommands, name, &Command::name);
  TextBuffer text;
  if (command == std::end(kCommands)) {
    text << "no command '" << name << "'; `help` lists them";
    console << text.c_str() << '\n';
    return;
  }
  const SilenceWatch watch(command->name);
  command->run(shell, arguments);
  if (arguments.problem().empty()) return;
  console << command->name << ": " << arguments.problem().c_str();
  print_usage(name);
}

void greet() {
  const FrameCounts counts = count_frames();
  console << "A kernel on the frames of " << design_name() << ": " << counts.managed << " managed, "
          << counts.used << " in use.\n"
          << "`help` lists the commands, `quit` or Ctrl-D ends the machine.\n";
}

}  // namespace

bool shell_is_asked_for() { return boot_info().option("shell") == "on"; }

void run_shell() {
  Shell shell;
  LineReader lines;
  std::uint32_t commands = 0;
  shell.has_colour = boot_info().option("colour") == "on";
  if (!shell.blocks.create()) panic(Exit::bad_map, "no frames are left for the shell's own table");
  Console::listen();
  console << "# shell\n";
  greet();
  while (!shell.is_left) {
    const std::optional<std::string_view> line = lines.read(kPrompt);
    if (!line) break;
    ++commands;
    run_line(shell, *line);
  }
  console.finish_line();
  console << "# shell left after " << counted(commands, "line") << '\n';
  exit_machine(Exit::left);
}

}  // namespace assay::kernel
