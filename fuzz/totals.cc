#include "fuzz/totals.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "oracle/host/file.h"
#include "oracle/operations/operation.h"

namespace assay {

namespace {

constexpr const char* kKindNames[Outcomes::kKinds] = {
    "alloc", "exhaust", "free_block", "free_inner", "free_at", "free_all", "grow"};
static_assert(static_cast<std::size_t>(OperationKind::grow) == Outcomes::kKinds - 1);
static_assert(static_cast<std::size_t>(Misuse::inside_block) == Outcomes::kMisuses - 1);

std::string misuse_key(std::size_t index) {
  return fmt::format("misuse_{}", name_of(static_cast<Misuse>(index)));
}

/// Whether there can be such misuse at all.
bool may_be_misused(const Contract& contract, Misuse misuse) {
  if (misuse == Misuse::inside_block) {
    return !contract.frees_parts && contract.max_block > FrameCount{1};
  }
  return misuse != Misuse::reserved || contract.takes_holes;
}

std::string kind_key(std::size_t index) { return fmt::format("kind_{}", kKindNames[index]); }

}  // namespace

void Totals::add(const Outcomes& outcomes) {
  ++executions;
  operations += outcomes.calls();
  allocated += outcomes.allocated;
  none += outcomes.none;
  freed += outcomes.freed;
  refused += outcomes.refused;
  grown += outcomes.grown;
  skipped += outcomes.skipped;
  aliased += outcomes.aliased;
  unpromised += outcomes.unpromised;
  unsaid += outcomes.unsaid;
  for (std::size_t i = 0; i < misuse.size(); ++i) misuse[i] += outcomes.misuse[i];
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] += outcomes.kinds[i];
}

nlohmann::json outcomes_to_json(const Totals& totals) {
  nlohmann::json json = {{"allocated", totals.allocated}, {"none", totals.none},
                         {"freed", totals.freed},         {"refused", totals.refused},
                         {"grown", totals.grown},         {"skipped", totals.skipped},
                         {"aliased", totals.aliased},     {"unpromised", totals.unpromised},
                         {"unsaid", totals.unsaid}};
  for (std::size_t i = 0; i < totals.misuse.size(); ++i) json[misuse_key(i)] = totals.misuse[i];
  for (std::size_t i = 0; i < totals.kinds.size(); ++i) json[kind_key(i)] = totals.kinds[i];
  return json;
}

nlohmann::json outcomes_to_json(const Outcomes& outcomes) {
  Totals totals;
  totals.add(outcomes);
  return outcomes_to_json(totals);
}

std::vector<std::string> required_outcomes(const Contract& contract) {
  std::vector<std::string> names{"allocated", "freed", "aliased"};
  if (contract.on_exhaustion != OnExhaustion::undefined) names.emplace_back("none");
  if (contract.can_grow) names.emplace_back("grown");
  for (std::size_t i = 0; i < Outcomes::kKinds; ++i) names.push_back(kind_key(i));
  if (contract.on_misuse == OnMisuse::undefined) return names;
  names.emplace_back("refused");
  for (std::size_t i = 0; i < Outcomes::kMisuses; ++i) {
    if (may_be_misused(contract, static_cast<Misuse>(i))) names.push_back(misuse_key(i));
  }
  return names;
}

nlohmann::json skips_to_json(const Contract& contract) {
  nlohmann::json json = nlohmann::json::array();
  const Skips skips = skips_of(contract);
  for (const Skip& skip : skips.all()) {
    json.push_back({{"clause", fmt::format("C{}", number_of(skip.clause))},
                    {"check", skip.check},
                    {"reason", skip.reason}});
  }
  return json;
}

nlohmann::json to_json(const Totals& totals, const Contract& contract) {
  return {{"executions", totals.executions},
          {"operations", totals.operations},
          {"outcomes", outcomes_to_json(totals)},
          {"required", required_outcomes(contract)},
          {"skips", skips_to_json(contract)}};
}

void leave_statistics(const nlohmann::json& counted) {
  const char* path = std::getenv("ASSAY_STATS");
  if (path == nullptr) return;
  const std::string error = write_file(path, counted.dump() + "\n");
  if (!error.empty()) fmt::print(stderr, "{}\n", error);
}

}  // namespace assay
