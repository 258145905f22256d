/// What many trials add up to.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

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

  void add(const Outcomes& outcomes) {
    ++executions;
    operations += outcomes.calls();
    allocated += outcomes.allocated;
    none += outcomes.none;
    freed += outcomes.freed;
    refused += outcomes.refused;
    grown += outcomes.grown;
    skipped += outcomes.skipped;
    aliased += outcomes.aliased;
  }
};

/// {"executions", "operations", "outcomes": {…}}
[[nodiscard]] inline nlohmann::json to_json(const Totals& totals) {
  return {{"executions", totals.executions},
          {"operations", totals.operations},
          {"outcomes",
           {{"allocated", totals.allocated},
            {"none", totals.none},
            {"freed", totals.freed},
            {"refused", totals.refused},
            {"grown", totals.grown},
            {"skipped", totals.skipped},
            {"aliased", totals.aliased}}}};
}

}  // namespace assay
