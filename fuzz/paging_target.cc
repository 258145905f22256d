/// The libFuzzer target of the paging side. The first byte of an input says which design pages, the
/// others are an arena and what happens there (oracle/paging/paging_operation.h).
///
/// A broken clause prints the operations up to it and `ASSAY-VERDICT key verdict`, and aborts, so
/// that libFuzzer keeps the input; one that is known is masked (fuzz/known_bugs.h). If the
/// environment has ASSAY_STATS, what happened is written to that file as JSON at the end.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "fuzz/target_support.h"
#include "fuzz/totals.h"
#include "oracle/host/paging_run.h"

namespace assay {

namespace {

PagingOutcomes outcomes{};
std::uint64_t executions = 0;

/// In the form of fuzz/totals.h. Every outcome is required.
void leave_totals() {
  nlohmann::json counts;
  for (std::size_t i = 0; i < outcomes.size(); ++i) counts[kPagingOutcomeNames[i]] = outcomes[i];
  leave_statistics(
      {{"executions", executions},
       {"operations", std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0})},
       {"outcomes", counts},
       {"required", kPagingOutcomeNames},
       {"skips", nlohmann::json::array()},
       {"masked", known_bugs().hits()}});
}

}  // namespace

}  // namespace assay

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  assay::start_target(assay::kPagingName, assay::leave_totals);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static assay::PagingHost host;
  const assay::PagedDesign* const design = size > 0 ? assay::paged_design_at(data[0]) : nullptr;
  if (design == nullptr) return -1;
  ++assay::executions;
  const std::span<const std::uint8_t> bytes{data + 1, size - 1};
  const assay::PagingVerdict verdict = design->run(host, bytes, assay::outcomes);
  assay::leave_now_and_then(assay::executions);
  if (assay::met_memory_error({data, size})) return -1;
  if (verdict.passed()) return 0;
  const std::string key = assay::key_of(design->name, verdict);
  if (!assay::known_bugs().knows(key)) {
    fmt::print(stderr, "{}", assay::describe_paging(bytes, verdict.operation));
  }
  return assay::end_broken(key, verdict.text.c_str(), {data, size});
}
