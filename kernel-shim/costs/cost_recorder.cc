#include "kernel-shim/costs/cost_recorder.h"

#include <algorithm>

namespace assay::kernel {

namespace {

/// What so many of 1000 calls do not exceed. Requires: there are any, in order.
std::uint32_t percentile(std::span<const CallCost> calls, std::uint32_t per_mille) {
  const std::uint64_t above = std::uint64_t{calls.size()} * (1000 - per_mille) / 1000;
  return calls[calls.size() - 1 - static_cast<std::size_t>(above)].instructions;
}

}  // namespace

const char* name_of(CallKind kind) {
  switch (kind) {
    case CallKind::allocate_one: return "allocate_one";
    case CallKind::allocate_run: return "allocate_run";
    case CallKind::allocate_failed: return "allocate_failed";
    case CallKind::free: return "free";
  }
  return "unknown";
}

CostSummary CostRecorder::summarize(CallKind kind) {
  const std::span<CallCost> all = calls();
  std::ranges::sort(all, [](const CallCost& a, const CallCost& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.instructions != b.instructions) return a.instructions < b.instructions;
    return a.operation > b.operation;  // so that the last is the first that cost most
  });
  const auto found = std::ranges::equal_range(all, kind, {}, &CallCost::kind);
  CostSummary summary;
  if (found.empty()) return summary;
  for (const CallCost& call : found) summary.sum += call.instructions;
  const std::span<const CallCost> of_kind(found.begin(), found.end());
  summary.calls = static_cast<std::uint32_t>(of_kind.size());
  summary.p50 = percentile(of_kind, 500);
  summary.p99 = percentile(of_kind, 990);
  summary.p99_9 = percentile(of_kind, 999);
  summary.max = of_kind.back().instructions;
  summary.max_at = of_kind.back().operation;
  return summary;
}

}  // namespace assay::kernel
