#include "oracle/operations/operation.h"

namespace assay {

const char* Arena::problem() const {
  if (frames == FrameCount{0}) return "the arena has no frames";
  const std::uint64_t end = std::uint64_t{base.value()} + frames.value();
  if (base.is_none() || end > 0xFFFF'FFFF) return "the arena ends beyond the last frame number";
  std::uint64_t previous_end = base.value();
  for (const Run& hole : hole_runs()) {
    const std::uint64_t hole_end = std::uint64_t{hole.first.value()} + hole.count.value();
    if (hole.count == FrameCount{0}) return "a hole has no frames";
    if (hole.first.value() < previous_end) return "a hole lies before the one in front of it";
    if (hole_end > end) return "a hole ends outside the arena";
    previous_end = hole_end;
  }
  if (ram == RamContent::zero && seed != 0) return "zeroed RAM has a seed";
  return nullptr;
}

UsableRuns::UsableRuns(const Arena& arena) {
  Pfn next = arena.base;
  const auto add = [&](Pfn end) {
    if (end > next) runs_[count_++] = {next, end - next};
  };
  for (const Run& hole : arena.hole_runs()) {
    add(hole.first);
    next = hole.end();
  }
  add(arena.run().end());
}

const char* call_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::alloc:
    case OperationKind::exhaust: return "allocate";
    case OperationKind::free_block:
    case OperationKind::free_inner:
    case OperationKind::free_at:
    case OperationKind::free_all: return "free";
    case OperationKind::grow: return "grow";
  }
  return "unknown";
}

}  // namespace assay
