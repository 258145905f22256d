/// The libFuzzer target of one design, chosen at build time by ASSAY_TARGET_NAME and
/// ASSAY_TARGET_TYPE.
///
/// What would cost more than all the rest is done for some inputs only: one in 128 has every frame
/// looked at, one in 128 is judged by both oracles, one in 512 over whole frames. Bytes that are no
/// sequence, or ask for an arena beyond 65,536 frames, are turned away. A broken clause prints
/// `ASSAY-VERDICT key verdict` and aborts, so that libFuzzer keeps the input; one that is known
/// (fuzz/known_bugs.h) is counted, and its input turned away from the corpus, since what grows out
/// of it would mostly break the same again. If the environment has ASSAY_STATS, what was done is
/// written to that file as JSON, now and then and at the end: a sanitizer's death leaves no time.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "fuzz/input_limits.h"
#include "fuzz/known_bugs.h"
#include "fuzz/totals.h"
#include "impls/wrapped_designs.h"
#include "oracle/host/booted_coremap.h"
#include "oracle/host/extent_model.h"
#include "oracle/host/registry.h"
#include "oracle/operations/random.h"
#include "oracle/zoo/zoo.h"

namespace assay {

namespace {

using Design = ASSAY_TARGET_TYPE;

constexpr std::uint64_t kTotalsInterval = 1U << 12;

Totals totals;

/// Draws that depend on the input alone, so that it is judged alike each time.
Random draws_of(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return Random(std::hash<std::string_view>()(text));
}

KnownBugs& known_bugs() {
  static KnownBugs known = KnownBugs::from_environment();
  return known;
}

void leave_totals() {
  nlohmann::json counted = to_json(totals, Design::contract);
  counted["masked"] = known_bugs().hits();
  leave_statistics(counted);
}

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  static_cast<void>(assay::known_bugs());  // it must outlive what is called at the exit
  std::atexit(assay::leave_totals);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static assay::HostMemory memory;
  static assay::Sequence sequence;
  const std::span<const std::uint8_t> bytes{data, size};
  if (!assay::parse_bytes(bytes, sequence).empty()) return -1;
  if (!assay::is_within_limits(assay::survey(sequence))) return -1;
  assay::Random draws = assay::draws_of(bytes);
  const bool each_frame = draws.one_in(128);
  const bool whole = draws.one_in(512);
  memory.set_depth({.content = whole ? assay::ContentDepth::whole : assay::ContentDepth::edges,
                    .each_frame = each_frame});
  const assay::TrialResult result =
      draws.one_in(128) ? assay::run_trial<assay::Design, assay::PairedModel>(memory, sequence)
                        : assay::run_trial<assay::Design>(memory, sequence);
  assay::totals.add(result.outcomes);
  if (assay::totals.executions % assay::kTotalsInterval == 0) assay::leave_totals();
  if (result.verdict.passed()) return 0;
  const std::string key = assay::key_of(ASSAY_TARGET_NAME, result.verdict);
  if (assay::known_bugs().masks(key, bytes)) return -1;
  fmt::print(stderr, "ASSAY-VERDICT {} {}\n", key, result.verdict.text.c_str());
  assay::leave_totals();
  std::abort();
}
