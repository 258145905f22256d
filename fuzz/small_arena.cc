#include "fuzz/small_arena.h"

namespace assay {

namespace {

/// Growth by every run of frames in a hole.
void add_growth(const Arena& arena, std::vector<Operation>& calls) {
  for (const Run& hole : arena.hole_runs()) {
    for (std::uint32_t first = 0; first < hole.count.value(); ++first) {
      for (std::uint32_t count = 1; count <= hole.count.value() - first; ++count) {
        calls.push_back({.kind = OperationKind::grow,
                         .pfn = hole.first + FrameCount{first},
                         .count = FrameCount{count}});
      }
    }
  }
}

std::uint32_t reserved_bits(const Arena& arena) {
  std::uint32_t bits = 0;
  for (const Run& hole : arena.hole_runs()) {
    for (std::uint32_t i = 0; i < hole.count.value(); ++i) {
      bits |= 1U << (hole.first - arena.base + FrameCount{i}).value();
    }
  }
  return bits;
}

/// In how many ways the frames that are not reserved can be free or in blocks.
std::uint64_t holdings_beside(const Arena& arena, std::uint32_t reserved,
                              const Contract& contract) {
  const std::uint32_t frames = arena.frames.value();
  std::uint64_t ways[kMaxExploredFrames + 1];  // for the frames from that one on
  ways[frames] = 1;
  for (std::uint32_t i = frames; i > 0; --i) {
    const std::uint32_t first = i - 1;
    ways[first] = ways[first + 1];  // reserved or free
    const std::uint32_t pfn = arena.base.value() + first;
    for (std::uint32_t count = 1; count <= contract.max_block.value(); ++count) {
      if (first + count > frames || (reserved >> (first + count - 1) & 1) != 0) break;
      if (contract.granted(FrameCount{count}) != FrameCount{count}) continue;
      if (contract.naturally_aligned && pfn % count != 0) continue;
      ways[first] += ways[first + count];
    }
  }
  return ways[0];
}

}  // namespace

Arena small_arena(Pfn base, FrameCount frames, std::uint32_t reserved, RamContent ram) {
  Arena arena{
      .base = base, .frames = frames, .ram = ram, .seed = ram == RamContent::junk ? 1U : 0U};
  bool in_hole = false;
  for (std::uint32_t i = 0; i < frames.value(); ++i) {
    const bool is_reserved = (reserved >> i & 1) != 0;
    if (is_reserved && !in_hole) arena.holes[arena.hole_count++].first = base + FrameCount{i};
    if (is_reserved) arena.holes[arena.hole_count - 1].count += FrameCount{1};
    in_hole = is_reserved;
  }
  return arena;
}

std::vector<Operation> all_calls(const Arena& arena, bool can_grow) {
  const std::uint32_t frames = arena.frames.value();
  std::vector<std::uint32_t> alignments{1, 0, 3};
  for (std::uint32_t power = 2; power < 2 * frames; power *= 2) alignments.push_back(power);
  std::vector<Operation> calls;
  const auto add_requests = [&](std::uint32_t count) {
    for (const std::uint32_t alignment : alignments) {
      calls.push_back({.kind = OperationKind::alloc,
                       .count = FrameCount{count},
                       .alignment = FrameCount{alignment}});
    }
  };
  for (std::uint32_t count = 0; count <= frames + 1; ++count) add_requests(count);
  add_requests(0xFFFF'FFFF);
  // In an arena at 0 the frame in front of it is the value that means none.
  for (std::uint32_t i = 0; i <= frames + 1; ++i) {
    calls.push_back(
        {.kind = OperationKind::free_at, .pfn = arena.base + FrameCount{i} - FrameCount{1}});
  }
  if (can_grow) add_growth(arena, calls);
  return calls;
}

std::uint64_t possible_states(const Arena& arena, const Contract& contract) {
  const std::uint32_t holes = reserved_bits(arena);
  std::uint64_t sum = holdings_beside(arena, holes, contract);
  if (!contract.can_grow) return sum;
  // Every smaller set of reserved frames, in descending order, down to none.
  for (std::uint32_t left = holes; left != 0;) {
    left = (left - 1) & holes;
    sum += holdings_beside(arena, left, contract);
  }
  return sum;
}

}  // namespace assay
