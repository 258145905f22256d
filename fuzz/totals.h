/// What many trials add up to, and the outcomes of trials as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "oracle/promises.h"
#include "oracle/verdict.h"

namespace assay {

struct Totals {
  std::uint64_t executions = 0;  ///< trials
  std::uint64_t operations = 0;  ///< calls that reached the allocator
  std::uint64_t allocated = 0;
  std::uint64_t none = 0;
  std::uint64_t freed = 0;
  std::uint64_t refused = 0;
  std::uint64_t grown = 0;
  std::uint64_t skipped = 0;
  std::uint64_t aliased = 0;
  std::uint64_t unpromised = 0;
  std::uint64_t unsaid = 0;
  std::array<std::uint64_t, Outcomes::kMisuses> misuse{};
  std::array<std::uint64_t, Outcomes::kKinds> kinds{};

  void add(const Outcomes& outcomes);
};

/// The outcomes by name: `allocated`, …, `misuse_reserved`, …, `kind_alloc`, …
[[nodiscard]] nlohmann::json outcomes_to_json(const Totals& totals);
[[nodiscard]] nlohmann::json outcomes_to_json(const Outcomes& outcomes);

/// The outcomes that a long run over a design with this contract must have had, or it did not test
/// what it seems to.
[[nodiscard]] std::vector<std::string> required_outcomes(const Contract& contract);

/// [{"clause", "check", "reason"}]: what such a design is not held to.
[[nodiscard]] nlohmann::json skips_to_json(const Contract& contract);

/// {"executions", "operations", "outcomes": {…}, "required": […], "skips": […]}
[[nodiscard]] nlohmann::json to_json(const Totals& totals, const Contract& contract);

/// Writes what a target counted, in that form, to the file that ASSAY_STATS names in the
/// environment, if it does.
void leave_statistics(const nlohmann::json& counted);

}  // namespace assay
