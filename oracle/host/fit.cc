#include "oracle/host/fit.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay {

namespace {

constexpr std::uint64_t kEndOfPfns = 0xFFFF'FFFF;

bool is_all_reserved(const Arena& arena) { return UsableRuns(arena).runs().empty(); }

/// The nearest base at or below `base` that is allowed, for so many frames.
Pfn nearest_base(Pfn base, FrameCount frames, const Contract& contract) {
  if (contract.base) return *contract.base;
  const std::uint64_t multiple = contract.base_multiple.value();
  const std::uint64_t highest = std::min<std::uint64_t>(base.value(), kEndOfPfns - frames.value());
  const std::uint64_t down = highest / multiple * multiple;
  const bool is_forbidden = down == 0 && !contract.takes_frame_zero;
  return Pfn{static_cast<std::uint32_t>(is_forbidden ? multiple : down)};
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
  if (contract.foreign && is_all_reserved(arena)) --arena.hole_count;
}

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
  Arena& arena = sequence.arena;
  if (misfit_of(arena, contract).empty()) return sequence;
  arena.frames = std::clamp(arena.frames, contract.min_frames, contract.max_frames);
  const Pfn base = nearest_base(arena.base, arena.frames, contract);
  const FrameCount moved = base - arena.base;  // modulo 2^32
  arena.base = base;
  for (Run& hole : arena.holes) hole.first = hole.first + moved;
  cut_holes(arena, contract);
  for (Operation& operation : sequence.operations) {
    const bool names_frame =
        operation.kind == OperationKind::free_at || operation.kind == OperationKind::grow;
    if (names_frame) operation.pfn = operation.pfn + moved;
  }
  return sequence;
}

}  // namespace assay
