#include "bench/recorded.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace assay {

namespace {

/// Keeps every `nth` block, with all that happens to it, in an arena that is as much smaller: fewer
/// operations of the same shape.
Sequence thinned(const Sequence& whole, std::uint32_t nth) {
  constexpr std::uint32_t kDropped = std::numeric_limits<std::uint32_t>::max();
  Sequence kept{.arena = whole.arena, .operations = {}};
  std::vector<std::uint32_t> new_names;
  std::uint32_t names = 0;
  std::uint32_t longest = 1;
  for (Operation operation : whole.operations) {
    if (operation.names_block()) {
      const bool is_kept = new_names.size() % nth == 0;
      new_names.push_back(is_kept ? names++ : kDropped);
      if (!is_kept) continue;
      longest = std::max(longest, operation.count.value());
    } else if (operation.refers_to_block()) {
      operation.block = new_names[operation.block];
      if (operation.block == kDropped) continue;
    }
    kept.operations.push_back(operation);
  }
  if (kept.arena.hole_count == 0) {
    kept.arena.frames = FrameCount{std::max(whole.arena.frames.value() / nth + 1, longest)};
  }
  return kept;
}

}  // namespace

InputError recorded(Workload& workload, const Scale& scale, const std::string& path, SetUp set_up) {
  auto sequence = load(path);
  if (!sequence) return sequence.error();
  const std::size_t nth = sequence->operations.size() / scale.trace_operations;
  workload.sequence =
      nth > 1 ? thinned(*sequence, static_cast<std::uint32_t>(nth)) : std::move(*sequence);
  if (set_up == SetUp::to_the_first_free) {
    const std::vector<Operation>& operations = workload.sequence.operations;
    const auto first_free = std::ranges::find_if(
        operations, [](const Operation& operation) { return !operation.names_block(); });
    workload.first_measured = static_cast<std::uint32_t>(first_free - operations.begin());
  }
  return {};
}

}  // namespace assay
