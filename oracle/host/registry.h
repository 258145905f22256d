/// Designs by name, for tools that take the name from a person. Measuring code does not go through
/// here: it is templated on the design.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "oracle/host/host_trial.h"
#include "oracle/zoo/fault.h"

namespace assay {

struct DesignEntry {
  const char* name;
  bool in_zoo;         ///< wrong on purpose
  const Fault* fault;  ///< what a member of the zoo says about itself; else nullptr
  Contract contract;
  TrialResult (*run)(HostMemory& memory, const Sequence& sequence, std::uint32_t until,
                     const Observer& observer);
};

/// The designs of impls/designs.h, then the zoo.
[[nodiscard]] std::span<const DesignEntry> all_designs();

/// Nullptr if there is no design of that name.
[[nodiscard]] const DesignEntry* find_design(std::string_view name);

/// The names, for a message: `bitmap, coremap, …`.
[[nodiscard]] std::string known_designs();

/// What a finding is known by: design, clause, call, outcome: `canary-C5-free-released`.
[[nodiscard]] std::string key_of(std::string_view design, const Verdict& verdict);

}  // namespace assay
