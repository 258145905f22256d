#include "bench/cpu_replay.h"

#include <fmt/format.h>

#include <map>

namespace assay {

namespace {

constexpr std::size_t kMostCpus = 64;

/// Nullptr, or why an operation cannot be replayed so.
const char* problem_of(const Operation& operation, std::vector<bool>& is_live) {
  if (operation.kind == OperationKind::alloc) {
    if (operation.alignment != FrameCount{1}) return "aligned allocations cannot be timed yet";
    if (operation.count == FrameCount{0}) return "an allocation of no frames cannot be timed";
    is_live.push_back(true);
    return nullptr;
  }
  if (operation.kind != OperationKind::free_block) {
    return "only allocations and frees of whole blocks can be timed";
  }
  if (operation.element != 0 || !is_live[operation.block]) return "misuse cannot be timed";
  is_live[operation.block] = false;
  return nullptr;
}

}  // namespace

std::expected<CpuPlan, std::string> make_cpu_plan(const Sequence& sequence,
                                                  std::span<const std::uint16_t> cpus) {
  CpuPlan plan{.arena = sequence.arena, .set_up = {}, .of_cpu = {}};
  std::vector<bool> is_live;
  std::map<std::uint16_t, std::size_t> threads;
  bool in_set_up = true;
  for (std::size_t i = 0; i < sequence.operations.size(); ++i) {
    const Operation& operation = sequence.operations[i];
    if (const char* why = problem_of(operation, is_live)) {
      return std::unexpected(fmt::format("op {}: {}", i + 1, why));
    }
    const bool is_alloc = operation.kind == OperationKind::alloc;
    in_set_up = in_set_up && is_alloc;
    const CpuStep step{is_alloc ? plan.blocks++ : operation.block, operation.count.value()};
    if (in_set_up) {
      plan.set_up.push_back(step);
      continue;
    }
    const std::size_t thread = threads.try_emplace(cpus[i], threads.size()).first->second;
    plan.of_cpu.resize(threads.size());
    plan.of_cpu[thread].push_back(step);
  }
  if (threads.empty()) return std::unexpected("there is no free, so nothing to measure");
  if (threads.size() > kMostCpus) {
    return std::unexpected(
        fmt::format("was recorded on {} CPUs, at most {} are replayed", threads.size(), kMostCpus));
  }
  return plan;
}

std::expected<CpuPlan, std::string> make_one_cpu_plan(const Sequence& sequence) {
  return make_cpu_plan(sequence, std::vector<std::uint16_t>(sequence.operations.size(), 0));
}

}  // namespace assay
