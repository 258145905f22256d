#include "oracle/operations/arena_fit.h"

#include <algorithm>

namespace assay {

namespace {

constexpr std::uint64_t kEndOfPfns = 0xFFFF'FFFF;

/// The nearest base at or below `base` that is allowed, for so many frames.
Pfn nearest_base(Pfn base, FrameCount frames, const Contract& contract) {
  if (contract.base) return *contract.base;
  const std::uint64_t highest = std::min<std::uint64_t>(base.value(), kEndOfPfns - frames.value());
  // Both are numbers of 32 bits: i686 divides those itself.
  const std::uint32_t multiple = contract.base_multiple.value();
  const std::uint32_t down = static_cast<std::uint32_t>(highest) / multiple * multiple;
  const bool is_forbidden = down == 0 && !contract.takes_frame_zero;
  return Pfn{is_forbidden ? multiple : down};
}

/// Cuts off what lies beyond the end. Requires: the holes begin at or behind the base.
void cut_holes(Arena& arena, const Contract& contract) {
  if (!contract.takes_holes) arena.hole_count = 0;
  const std::uint64_t end = std::uint64_t{arena.base.value()} + arena.frames.value();
  const auto last = [&]() -> Run& { return arena.holes[arena.hole_count - 1]; };
  while (arena.hole_count > 0 && last().first.value() >= end) --arena.hole_count;
  if (arena.hole_count == 0) return;
  const std::uint64_t room = end - last().first.value();
  last().count = std::min(last().count, FrameCount{static_cast<std::uint32_t>(room)});
  if (contract.foreign && UsableRuns(arena).runs().empty()) --arena.hole_count;
}

}  // namespace

ArenaFit fit_arena(Arena arena, const Contract& contract) {
  arena.frames = std::clamp(arena.frames, contract.min_frames, contract.max_frames);
  const Pfn base = nearest_base(arena.base, arena.frames, contract);
  const FrameCount moved = base - arena.base;
  arena.base = base;
  for (Run& hole : arena.holes) hole.first = hole.first + moved;
  cut_holes(arena, contract);
  return {arena, moved};
}

Operation ArenaFit::fitted(const Operation& operation) const {
  Operation there = operation;
  const bool names_frame =
      operation.kind == OperationKind::free_at || operation.kind == OperationKind::grow;
  if (names_frame) there.pfn = operation.pfn + moved;
  return there;
}

}  // namespace assay
