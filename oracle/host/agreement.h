/// Who disagrees: several give an answer to the same question, and most of them the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace assay {

/// One answer each; none of those whom the question does not concern.
using Answers = std::span<const std::optional<std::int64_t>>;

struct Dissent {
  std::size_t who = 0;   ///< the first whose answer is not the most frequent one
  std::size_t with = 0;  ///< the first whose answer it is
};

/// Nothing if all who answer say the same. Of two answers that are equally frequent, the one that
/// was given first counts, so that the outcome depends on nothing but the answers.
[[nodiscard]] inline std::optional<Dissent> find_dissent(Answers answers) {
  std::optional<std::size_t> with;
  std::ptrdiff_t most = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) continue;
    const std::ptrdiff_t times = std::ranges::count(answers, answers[i]);
    if (times <= most) continue;
    most = times;
    with = i;
  }
  for (std::size_t i = 0; with && i < answers.size(); ++i) {
    if (answers[i] && answers[i] != answers[*with]) return Dissent{i, *with};
  }
  return std::nullopt;
}

}  // namespace assay
