#include "bench/recorder.h"

#include <algorithm>

#include "oracle/host/host_trial.h"

namespace assay {

Recorder::Recorder(Workload& workload, const Performer& performer)
    : workload_(workload), next_(workload.sequence.arena.base) {
  names_ = static_cast<std::uint32_t>(
      std::ranges::count_if(workload.sequence.operations, &Operation::names_block));
  if (performer.design == nullptr) return;
  const Arena& arena = workload.sequence.arena;
  Survey needs;
  needs.arena = arena;
  design_ = *performer.design;
  const TrialMemory space = performer.memory->prepare_for(*design_, needs);
  const UsableRuns usable(arena);
  design_->init(memory_map(arena, usable), space.ram, space.metadata);
}

std::optional<Recorder::Block> Recorder::allocate(std::uint32_t frames) {
  const Block block{append_request(frames), {next_, FrameCount{frames}}};
  if (!design_) {
    next_ = block.run.end();
    return block;
  }
  const Pfn first = design_->allocate(FrameCount{frames});
  if (!first.is_none()) return Block{block.name, {first, FrameCount{frames}}};
  workload_.add_free(
      block.name);  // frees nothing; the name is done with, and its place is used again
  return std::nullopt;
}

void Recorder::free(const Block& block) {
  workload_.add_free(block.name);
  if (design_) {
    static_cast<void>(design_->free(block.run.first, design_->contract.granted(block.run.count)));
  }
}

void Recorder::append_attempts(std::uint32_t frames) {
  const std::uint32_t attempts = attempts_in(workload_.sequence.arena.frames);
  for (std::uint32_t i = 0; i < attempts; ++i) workload_.add_free(append_request(frames));
}

std::uint32_t Recorder::append_request(std::uint32_t frames) {
  workload_.add_request(frames);
  return names_++;
}

}  // namespace assay
