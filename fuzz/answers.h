/// What a design answered, call by call, beside the verdict on it: for who compares its placements
/// with those of another machine.
#pragma once

#include <string>
#include <vector>

#include "oracle/host/registry.h"

namespace assay {

struct Answered {
  TrialResult result;
  /// For each operation that was begun, what its calls returned, with a blank between two: of an
  /// allocation its first frame or `none`; of a free the frames that it released (`unsaid`, where
  /// foreign code does not say) or the name of the misuse. Empty where nothing was called, or
  /// nothing is returned.
  std::vector<std::string> answers;
};

/// As DesignEntry::run. Requires: the entry is a design, not `lockstep`.
[[nodiscard]] Answered run_with_answers(const DesignEntry& entry, HostMemory& memory,
                                        const Sequence& sequence, std::uint32_t until = kToTheEnd);

/// A line for each operation: its number, then its answers.
[[nodiscard]] std::string answers_to_text(const std::vector<std::string>& answers);

}  // namespace assay
