/// How a target of a parser says which property an input broke.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace assay {

/// Prints `ASSAY-VERDICT parser-KEY WHAT`, as the designs' targets do, and aborts: libFuzzer then
/// keeps the input.
[[noreturn]] inline void broken(std::string_view key, std::string_view what) {
  fmt::print(stderr, "ASSAY-VERDICT parser-{} {}\n", key, what);
  std::abort();
}

inline void demand(bool holds, std::string_view key, std::string_view what) {
  if (!holds) broken(key, what);
}

}  // namespace assay
