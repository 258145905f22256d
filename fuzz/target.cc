/// The libFuzzer target of one design, chosen at build time by ASSAY_TARGET_NAME and
/// ASSAY_TARGET_TYPE.
///
/// One input in eight is judged by both oracles, one in 64 over whole frames. Bytes that are no
/// sequence, or ask for an arena beyond 65,536 frames, are turned away. A broken clause prints
/// `ASSAY-VERDICT key verdict` and aborts, so that libFuzzer keeps the input. If the environment
/// has ASSAY_STATS, what was done is written to that file as JSON, now and then and at the end: a
/// sanitizer's death leaves no time.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "fuzz/totals.h"
#include "impls/designs.h"
#include "oracle/host/extent_model.h"
#include "oracle/host/registry.h"
#include "oracle/zoo/zoo.h"

namespace assay {

namespace {

constexpr std::uint32_t kMaxFrames = 1U << 16;
constexpr std::uint64_t kMaxElements = 1U << 18;
constexpr std::uint64_t kTotalsInterval = 1U << 12;

Totals totals;

/// What is too dear for every input is done for one in `n`: by the input's content, so that an
/// input is judged alike each time.
bool one_input_in(std::uint32_t n, std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = sum * 31 + byte;
  return scramble(sum, n) % n == 0;
}

void leave_totals() { write_totals(totals, ASSAY_TARGET_TYPE::contract); }

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  std::atexit(assay::leave_totals);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Design = assay::ASSAY_TARGET_TYPE;
  static assay::HostMemory memory;
  const std::span<const std::uint8_t> bytes{data, size};
  const assay::Survey needs = assay::survey_bytes(bytes);
  if (needs.error != nullptr || needs.arena.frames.value() > assay::kMaxFrames ||
      needs.elements > assay::kMaxElements) {
    return -1;
  }
  const auto sequence = assay::parse_bytes(bytes);
  const bool paired = assay::one_input_in(8, bytes);
  memory.set_depth(assay::one_input_in(64, bytes) ? assay::ContentDepth::whole
                                                  : assay::ContentDepth::edges);
  const assay::TrialResult result =
      paired ? assay::run_trial<Design, assay::PairedModel>(memory, *sequence)
             : assay::run_trial<Design>(memory, *sequence);
  assay::totals.add(result.outcomes);
  if (assay::totals.executions % assay::kTotalsInterval == 0) assay::leave_totals();
  if (result.verdict.passed()) return 0;
  fmt::print(stderr, "ASSAY-VERDICT {} {}\n", assay::key_of(ASSAY_TARGET_NAME, result.verdict),
             result.verdict.text.c_str());
  assay::leave_totals();
  std::abort();
}
