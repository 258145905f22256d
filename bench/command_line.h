/// What the tools of this room share: usage errors and failures as one line and exit code 2.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <optional>
#include <string>

namespace assay {

/// Prints why the tool gives up. Returns: the exit code for unusable input and wrong usage.
inline int refuse(const char* tool, const std::string& why) {
  fmt::print(stderr, "{}: {}\n", tool, why);
  return 2;
}

/// Returns: the exit code if the tool is to end now (an error, --help), or nothing.
inline std::optional<int> parse_command_line(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    std::string why = error.what();
    std::ranges::replace(why, '\n', ' ');
    return refuse(app.get_name().c_str(), why + "; --help shows the usage");
  }
}

/// Runs a tool's main function; what it throws becomes one line.
template <class Main>
int run_tool(const char* tool, Main main) {
  try {
    return main();
  } catch (const std::bad_alloc&) {
    return refuse(tool, "out of memory");
  } catch (const std::exception& error) {
    return refuse(tool, error.what());
  }
}

}  // namespace assay
