/// The libFuzzer target of all designs in lockstep (oracle/host/lockstep.h).
///
/// What is turned away, and what ASSAY_STATS makes it write, is as in target.cc, but for larger
/// arenas, of which not all fit into memory. Operations are the calls of all designs; that all
/// served a request (`together`), that only some did (`undone`), and who (`measured_NAME`) must
/// have happened, too.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "fuzz/input_limits.h"
#include "fuzz/target_support.h"
#include "fuzz/totals.h"
#include "oracle/host/lockstep.h"
#include "oracle/host/registry.h"

namespace assay {

namespace {

Totals totals;
std::uint64_t together = 0;
std::uint64_t undone = 0;
std::array<std::uint64_t, LockstepOutcomes::kMaxDesigns> measured{};

const Contract& contract() {
  static const Contract common = common_contract(lockstep_designs());
  return common;
}

void add(const LockstepOutcomes& outcomes) {
  totals.add(outcomes.calls);
  together += outcomes.together;
  undone += outcomes.undone;
  for (std::size_t i = 0; i < measured.size(); ++i) measured[i] += outcomes.measured[i];
}

/// In the form of fuzz/totals.h.
void leave_totals() {
  nlohmann::json json = to_json(totals, contract());
  const auto count = [&](const std::string& name, std::uint64_t times) {
    json["outcomes"][name] = times;
    json["required"].push_back(name);
  };
  count("together", together);
  count("undone", undone);
  for (std::size_t i = 0; i < lockstep_designs().size(); ++i) {
    count(fmt::format("measured_{}", lockstep_designs()[i].name), measured[i]);
  }
  json["masked"] = known_bugs().hits();
  leave_statistics(json);
}

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  assay::start_target(assay::kLockstepName, assay::leave_totals);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static assay::Lockstep lockstep;
  static assay::Sequence sequence;
  const std::span<const std::uint8_t> bytes{data, size};
  if (!assay::parse_bytes(bytes, sequence).empty()) return -1;
  const assay::Survey needs = assay::survey(sequence);
  if (!assay::is_within_limits(needs)) return -1;
  if (needs.arena.frames > assay::contract().max_frames) return -1;
  assay::Random draws = assay::draws_of(bytes);
  lockstep.set_depth(assay::draw_depth(draws, needs.arena.frames));
  const assay::LockstepResult result = lockstep.run(sequence);
  assay::add(result.outcomes);
  assay::leave_now_and_then(assay::totals.executions);
  if (assay::met_memory_error(bytes)) return -1;
  if (result.verdict.passed()) return 0;
  const std::string key = assay::key_of(assay::kLockstepName, result.verdict);
  return assay::end_broken(key, result.verdict.text.c_str(), bytes);
}
