/// Runs a trial in a process of its own, for allocators that may crash or never return.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "oracle/verdict.h"

namespace assay {

/// What came of a trial: a key as in `key_of`, empty if it passed, and the verdict in words.
///
/// A memory error that AddressSanitizer stops is clause C9, keyed by its kind and by where in the
/// code it happened; a hang is C12; any other death is keyed by its signal or exit code.
struct Judgement {
  std::string key;
  std::string text;

  [[nodiscard]] bool passed() const { return key.empty(); }
};

/// Runs `trial` in a forked child, for at most `seconds`. Cost: about a millisecond on top.
[[nodiscard]] Judgement judge_isolated(std::string_view design,
                                       const std::function<Judgement()>& trial,
                                       unsigned seconds = 10);

/// The same, of a trial whose key is that of its verdict.
[[nodiscard]] Judgement judge_isolated(std::string_view design,
                                       const std::function<Verdict()>& trial,
                                       unsigned seconds = 10);

}  // namespace assay
