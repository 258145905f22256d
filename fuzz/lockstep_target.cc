/// The libFuzzer target of all designs in lockstep (oracle/host/lockstep.h).
///
/// What would cost more than all the rest is done for some inputs only: one in 128 has every frame
/// looked at, one in 512 is judged over whole frames. What is turned away, what is printed and what
/// ASSAY_STATS makes it write is as in target.cc, but for larger arenas, of which not all fit into
/// memory. Operations are the calls of all designs; that all served a request (`together`), that
/// only some did (`undone`), and who (`measured_NAME`) must have happened, too.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>

#include "fuzz/input_limits.h"
#include "fuzz/known_bugs.h"
#include "fuzz/totals.h"
#include "oracle/host/lockstep.h"
#include "oracle/host/registry.h"
#include "oracle/operations/random.h"

namespace assay {

namespace {

constexpr std::uint64_t kTotalsInterval = 1U << 12;

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

KnownBugs& known_bugs() {
  static KnownBugs known = KnownBugs::from_environment();
  return known;
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

/// Depends on the input alone, so that it is judged alike each time.
Depth depth_for(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Random draws(std::hash<std::string_view>()(text));
  const bool each_frame = draws.one_in(128);
  const bool whole = draws.one_in(512);
  return {.content = whole ? ContentDepth::whole : ContentDepth::edges, .each_frame = each_frame};
}

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  static_cast<void>(assay::known_bugs());  // it must outlive what is called at the exit
  std::atexit(assay::leave_totals);
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
  lockstep.set_depth(assay::depth_for(bytes));
  const assay::LockstepResult result = lockstep.run(sequence);
  assay::add(result.outcomes);
  if (assay::totals.executions % assay::kTotalsInterval == 0) assay::leave_totals();
  if (result.verdict.passed()) return 0;
  const std::string key = assay::key_of(assay::kLockstepName, result.verdict);
  if (assay::known_bugs().masks(key, bytes)) return -1;
  fmt::print(stderr, "ASSAY-VERDICT {} {}\n", key, result.verdict.text.c_str());
  assay::leave_totals();
  std::abort();
}
