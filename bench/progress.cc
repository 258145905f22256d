#include "bench/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace assay {

void report_progress(const std::string& line) {
  static const bool is_terminal = isatty(STDERR_FILENO) == 1;
  if (is_terminal) {
    fmt::print(stderr, "\r\033[K{}", line);
  } else {
    fmt::print(stderr, "{}\n", line);
  }
}

void end_progress() {
  if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\033[K");
}

void warn(const std::string& what) {
  end_progress();
  fmt::print(stderr, "assay-bench: {}\n", what);
}

}  // namespace assay
