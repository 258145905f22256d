#include "oracle/host/fit.h"

#include <fmt/format.h>

#include "oracle/operations/arena_fit.h"

namespace assay {

namespace {

bool is_all_reserved(const Arena& arena) { return UsableRuns(arena).runs().empty(); }

}  // namespace

std::string misfit_of(const Arena& arena, const Contract& contract) {
  if (arena.frames > contract.max_frames) {
    return fmt::format("the arena has {} frames; at most {} are taken", arena.frames.value(),
                       contract.max_frames.value());
  }
  if (arena.frames < contract.min_frames) {
    return fmt::format("the arena has {} frames; at least {} are taken", arena.frames.value(),
                       contract.min_frames.value());
  }
  if (contract.base && arena.base != *contract.base) {
    return fmt::format("the arena begins at {}; only {} is taken", arena.base.value(),
                       contract.base->value());
  }
  if (arena.base.value() % contract.base_multiple.value() != 0) {
    return fmt::format("the arena begins at {}; only multiples of {} are taken", arena.base.value(),
                       contract.base_multiple.value());
  }
  if (arena.base == Pfn{0} && !contract.takes_frame_zero) {
    return "the arena begins at 0; frame 0 is not taken";
  }
  if (arena.hole_count > 0 && !contract.takes_holes) return "the arena has holes; none are taken";
  if (contract.foreign && is_all_reserved(arena)) return "no frame of the arena is usable";
  return {};
}

Sequence fitted(Sequence sequence, const Contract& contract) {
  const ArenaFit fit = fit_arena(sequence.arena, contract);
  sequence.arena = fit.arena;
  for (Operation& operation : sequence.operations) operation = fit.fitted(operation);
  return sequence;
}

}  // namespace assay
