/// What a trial found: nothing, or the first operation that broke a clause of the contract.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "oracle/operations/operation.h"
#include "oracle/operations/text.h"

namespace assay {

/// The clauses of docs/CONTRACT.md.
enum class Clause : std::uint8_t {
  passed,          ///< nothing was broken
  placement,       ///< C1
  completeness,    ///< C2
  failed_call,     ///< C3
  exact_free,      ///< C4
  misuse,          ///< C5
  edge_request,    ///< C6
  accounting,      ///< C7
  capacity,        ///< C8
  memory,          ///< C9
  initial_memory,  ///< C10
  fill,            ///< C11
  hang,            ///< C12
  restitution,     ///< C13
};

/// The number of a clause: 1 … 13, or 0 for passed.
[[nodiscard]] constexpr std::uint32_t number_of(Clause clause) {
  return static_cast<std::uint32_t>(clause);
}

struct Verdict {
  Clause clause = Clause::passed;
  std::uint32_t operation = 0;  ///< its place in the sequence, from 1; 0 = init; last + 1 = the end
  const char* call = "";        ///< `allocate`, `free`, `grow`, `init`, or `end` for finish()
  const char* outcome = "";     ///< what came, as a word: `overlaps`, `released`, …
  const char* design = "";      ///< of several in lockstep, the one that broke it; else empty
  TextBuffer text;  ///< `C2: op 17 'alloc 4': returned none, but frames 40..43 are free`

  [[nodiscard]] bool passed() const { return clause == Clause::passed; }
};

/// The outcomes of the calls of a trial. Each is counted, so that a run in which one never occurred
/// does not pass for a test of it.
struct Outcomes {
  static constexpr std::size_t kKinds = 7;  ///< of operations
  static constexpr std::size_t kMisuses = 4;

  std::uint32_t allocated = 0;
  std::uint32_t none = 0;     ///< allocations that rightly failed
  std::uint32_t freed = 0;    ///< blocks freed
  std::uint32_t refused = 0;  ///< misuse that was rightly refused
  std::uint32_t grown = 0;
  std::uint32_t skipped = 0;  ///< operations on a block that was never made, or on no reserved run
  std::uint32_t aliased = 0;  ///< bad frees that would by chance have been good ones
  std::uint32_t unpromised = 0;  ///< calls not made: the contract does not say what they lead to
  std::uint32_t unsaid = 0;      ///< frees that did not say how many frames they released
  std::array<std::uint32_t, kMisuses> misuse{};  ///< of the refused ones: by what they were
  std::array<std::uint32_t, kKinds> kinds{};     ///< operations begun, by OperationKind

  /// Calls that reached the allocator.
  [[nodiscard]] std::uint32_t calls() const { return allocated + none + freed + refused + grown; }

  bool operator==(const Outcomes&) const = default;
};

}  // namespace assay
