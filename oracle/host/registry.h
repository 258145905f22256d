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
  using Run = TrialResult (*)(HostMemory& memory, const Sequence& sequence, std::uint32_t until,
                              const Observer& observer);

  const char* name;
  AnyDesign design;
  const Fault* fault = nullptr;  ///< what a member of the zoo says about itself
  Run fast_run = nullptr;        ///< a trial compiled for this design alone, if there is one

  [[nodiscard]] bool in_zoo() const { return fault != nullptr; }
  [[nodiscard]] const Contract& contract() const { return design.contract; }

  /// See run_trial.
  [[nodiscard]] TrialResult run(HostMemory& memory, const Sequence& sequence,
                                std::uint32_t until = kToTheEnd,
                                const Observer& observer = {}) const {
    if (fast_run != nullptr) return fast_run(memory, sequence, until, observer);
    return run_trial(design, memory, sequence, until, observer);
  }
};

/// The designs of impls/designs.h, then the zoo.
[[nodiscard]] std::span<const DesignEntry> all_designs();

/// Designs on the list above in a setting of their own: the booted coremap, and those that are
/// wrapped (impls/wrapped_designs.h). They are explored, fuzzed and replayed by name, but are no
/// contestants.
[[nodiscard]] std::span<const DesignEntry> settings();

/// By its name, or by the path of a plug-in's shared object, which ends in `.so`
/// (oracle/host/plugin_file.h). Returns: nullptr if there is no design of that name. Throws
/// std::runtime_error if a plug-in cannot be loaded, with one line that says why.
[[nodiscard]] const DesignEntry* find_design(std::string_view name);

/// All designs at once (oracle/host/lockstep.h).
inline constexpr const char* kLockstepName = "lockstep";

/// For those who do nothing with a design but give it a sequence: `find_design`, and `lockstep`,
/// whose entry has what all designs promise, and of whose `design` nothing else may be used.
[[nodiscard]] const DesignEntry* find_judge(std::string_view name);

/// The names, for a message: `bitmap, coremap, …`.
[[nodiscard]] std::string known_designs();

/// What a finding is known by: design, clause, call, outcome: `canary-C5-free-released`, or
/// `lockstep-C5-buddy-free-released`.
[[nodiscard]] std::string key_of(std::string_view design, const Verdict& verdict);

}  // namespace assay
