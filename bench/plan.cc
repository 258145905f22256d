#include "bench/plan.h"

#include <fmt/format.h>

#include <limits>

namespace assay {

namespace {

constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();

/// Turns operations into steps, one after another.
class Planner {
 public:
  /// Returns: what is wrong with the operation, or nullptr.
  const char* add(const Operation& operation, std::vector<Step>& steps) {
    if (operation.kind == OperationKind::alloc) return add_alloc(operation, steps);
    if (operation.kind == OperationKind::free_block) return add_free(operation, steps);
    return "only allocations and frees of whole blocks can be timed";
  }

  [[nodiscard]] std::uint32_t slots() const { return slots_; }

 private:
  const char* add_alloc(const Operation& operation, std::vector<Step>& steps) {
    if (operation.alignment != FrameCount{1}) return "aligned allocations cannot be timed yet";
    if (operation.count == FrameCount{0}) return "an allocation of no frames cannot be timed";
    if (unused_.empty()) unused_.push_back(slots_++);
    const std::uint32_t slot = unused_.back();
    unused_.pop_back();
    slot_of_block_.push_back(slot);
    steps.push_back({slot, operation.count.value()});
    return nullptr;
  }

  const char* add_free(const Operation& operation, std::vector<Step>& steps) {
    std::uint32_t& slot = slot_of_block_[operation.block];
    if (operation.element != 0 || slot == kNoSlot) return "misuse cannot be timed";
    steps.push_back({slot, 0});
    unused_.push_back(slot);
    slot = kNoSlot;
    return nullptr;
  }

  std::vector<std::uint32_t> slot_of_block_;
  std::vector<std::uint32_t> unused_;
  std::uint32_t slots_ = 0;
};

/// See make_plan.
void renumber_slots(Plan& plan) {
  std::vector<std::uint32_t> numbers(plan.slots, kNoSlot);
  std::uint32_t next = 0;
  const auto renumber = [&](std::vector<Step>& steps) {
    for (Step& step : steps) {
      std::uint32_t& number = numbers[step.slot];
      if (number == kNoSlot) number = next++;
      step.slot = number;
    }
  };
  renumber(plan.measured);
  renumber(plan.set_up);
}

/// Cuts the measured steps where requests and frees follow one another, if only some are timed.
std::vector<Stretch> cut(const std::vector<Step>& steps, Timed timed) {
  if (timed == Timed::all) return {{steps.size(), true}};
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool is_timed = (steps[i].count != 0) == (timed == Timed::requests);
    if (stretches.empty() || stretches.back().is_timed != is_timed) {
      stretches.push_back({i, is_timed});
    }
    stretches.back().end = i + 1;
  }
  return stretches;
}

}  // namespace

std::expected<Plan, std::string> make_plan(const Workload& workload) {
  Plan plan;
  Planner planner;
  std::uint32_t position = 0;
  for (const Operation& operation : workload.sequence.operations) {
    std::vector<Step>& steps = position < workload.first_measured ? plan.set_up : plan.measured;
    ++position;
    if (const char* why = planner.add(operation, steps)) {
      return std::unexpected(fmt::format("workload {}: op {}: {}", workload.name, position, why));
    }
    if (steps.back().count > 1) plan.single_frames = false;
  }
  plan.slots = planner.slots();
  plan.is_repeatable = workload.is_repeatable;
  plan.stretches = cut(plan.measured, workload.timed);
  renumber_slots(plan);
  if (plan.measured.empty()) {
    return std::unexpected(fmt::format("workload {}: has no operations to measure", workload.name));
  }
  return plan;
}

}  // namespace assay
