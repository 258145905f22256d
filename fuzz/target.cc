/// The libFuzzer target of one design, chosen at build time by ASSAY_TARGET_NAME and
/// ASSAY_TARGET_TYPE.
///
/// One input in 128 is judged by both oracles; how deep inputs are looked into, and what becomes of
/// one that broke a clause, is in fuzz/target_support.h. Bytes that are no sequence, or ask for an
/// arena beyond 65,536 frames, are turned away. If the environment has ASSAY_STATS, what was done
/// is written to that file as JSON, now and then and at the end.
#include "fuzz/input_limits.h"
#include "fuzz/target_support.h"
#include "fuzz/totals.h"
#include "impls/wrapped_designs.h"
#include "oracle/host/booted_coremap.h"
#include "oracle/host/extent_model.h"
#include "oracle/host/registry.h"
#include "oracle/zoo/zoo.h"

namespace assay {

namespace {

using Design = ASSAY_TARGET_TYPE;

Totals totals;

void leave_totals() { leave_counts(totals, Design::contract); }

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  assay::start_target(ASSAY_TARGET_NAME, assay::leave_totals);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static assay::HostMemory memory;
  static assay::Sequence sequence;
  const std::span<const std::uint8_t> bytes{data, size};
  if (!assay::parse_bytes(bytes, sequence).empty()) return -1;
  if (!assay::is_within_limits(assay::survey(sequence))) return -1;
  assay::Random draws = assay::draws_of(bytes);
  memory.set_depth(assay::draw_depth(draws, sequence.arena.frames));
  const assay::TrialResult result =
      draws.one_in(128) ? assay::run_trial<assay::Design, assay::PairedModel>(memory, sequence)
                        : assay::run_trial<assay::Design>(memory, sequence);
  assay::totals.add(result.outcomes);
  assay::leave_now_and_then(assay::totals.executions);
  if (assay::met_memory_error(bytes)) return -1;
  if (result.verdict.passed()) return 0;
  const std::string key = assay::key_of(ASSAY_TARGET_NAME, result.verdict);
  return assay::end_broken(key, result.verdict.text.c_str(), bytes);
}
