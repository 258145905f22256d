#include "bench/recorded.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace assay {

InputError recorded(Workload& workload, const Scale& scale, const std::string& path, SetUp set_up) {
  auto sequence = load(path);
  if (!sequence) return sequence.error();
  workload.sequence = std::move(*sequence);
  std::vector<Operation>& operations = workload.sequence.operations;
  if (set_up == SetUp::to_the_first_free) {
    const auto first_free = std::ranges::find_if(
        operations, [](const Operation& operation) { return !operation.names_block(); });
    workload.first_measured = static_cast<std::uint32_t>(first_free - operations.begin());
  }
  // At a small scale a part of it will do, but one with something to measure.
  const std::size_t kept = scale.trace_operations > workload.first_measured
                               ? scale.trace_operations
                               : std::size_t{workload.first_measured} + scale.operations;
  if (operations.size() > kept) operations.resize(kept);
  return {};
}

}  // namespace assay
