/// The shell on the serial line, for who wants to look at a living allocator: `shell=on` on the
/// kernel's command line runs it instead of the tests, with `colour=on` in colours.
#pragma once

namespace assay::kernel {

/// Whether the command line asks for it.
[[nodiscard]] bool shell_is_asked_for();

/// Runs commands until the last one, `quit`, or the end of input; then ends the machine, with a
/// code of its own. The log's line `# shell` stands in front of what a person shall see, and
/// `# shell left after …` is its last one. Requires: memory is up.
[[noreturn]] void run_shell();

}  // namespace assay::kernel
