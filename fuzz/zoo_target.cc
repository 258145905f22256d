/// The libFuzzer target of the whole zoo: the environment's ASSAY_MEMBER names who is on trial.
///
/// One binary instead of one per member, since it only has to show that each fault is found.
/// What it prints is as in target.cc, and so is what ASSAY_STATS makes it write.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fuzz/input_limits.h"
#include "fuzz/totals.h"
#include "oracle/host/registry.h"

namespace assay {

namespace {

Totals totals;

/// Ends the program if the environment names nobody.
const DesignEntry& member() {
  const char* name = std::getenv("ASSAY_MEMBER");
  const DesignEntry* found = find_design(name != nullptr ? name : "");
  if (found != nullptr) return *found;
  fmt::print(stderr, "fuzz-zoo: ASSAY_MEMBER must name one of: {}\n", known_designs());
  std::exit(2);
}

void leave_totals() { leave_statistics(to_json(totals, member().contract())); }

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  static_cast<void>(assay::member());
  std::atexit(assay::leave_totals);
  return 0;
}

/// AddressSanitizer calls this before it prints and ends the process. What the trial did that is
/// under way is not counted.
extern "C" void __asan_on_error() { assay::leave_totals(); }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static assay::HostMemory memory;
  static const assay::DesignEntry& design = assay::member();
  const std::span<const std::uint8_t> bytes{data, size};
  const assay::Survey needs = assay::survey_bytes(bytes);
  if (needs.error != nullptr || !assay::is_within_limits(needs)) return -1;
  const auto sequence = assay::parse_bytes(bytes);
  const assay::TrialResult result = design.run(memory, *sequence);
  assay::totals.add(result.outcomes);
  if (result.verdict.passed()) return 0;
  fmt::print(stderr, "ASSAY-VERDICT {} {}\n", assay::key_of(design.name, result.verdict),
             result.verdict.text.c_str());
  assay::leave_totals();
  std::abort();
}
