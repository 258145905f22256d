#include "oracle/operations/generator.h"

#include <algorithm>

namespace assay {

namespace {

std::uint32_t random_base(Random& random, std::uint32_t frames) {
  switch (random.below(4)) {
    case 0: return 0;
    case 1: return random.between(1, 9);
    case 2: return random.below(1U << 20);
    default: return 0xFFFF'FFFFU - frames - random.below(4);
  }
}

/// A Pfn about the arena: mostly inside, its borders, anything.
Pfn random_pfn(Random& random, const Arena& arena) {
  const std::uint32_t frames = arena.frames.value();
  switch (random.below(8)) {
    case 0: return arena.base - FrameCount{1};
    case 1: return arena.run().end();
    case 2: return Pfn{random.next()};
    default: return arena.base + FrameCount{random.below(frames)};
  }
}

FrameCount random_run_count(Random& random) {
  return FrameCount{random.one_in(4) ? 1U << random.below(10) : random.between(2, 8)};
}

/// Mostly one of the newest blocks.
std::uint32_t random_block(Random& random, std::uint32_t names) {
  const std::uint32_t near = names < 8 ? names : 8;
  return names - 1 - random.below(random.one_in(3) ? names : near);
}

/// The block of one of the newest names.
Operation free_of_name(Random& random, std::uint32_t names) {
  return {.kind = OperationKind::free_block, .block = random_block(random, names)};
}

Operation random_stray_free(Random& random, const Arena& arena, std::uint32_t names) {
  if (names == 0 || random.one_in(3)) {
    return {.kind = OperationKind::free_at, .pfn = random_pfn(random, arena)};
  }
  Operation operation = free_of_name(random, names);
  if (random.one_in(2)) {
    operation.element = random.below(arena.frames.value());
  } else {
    operation.kind = OperationKind::free_inner;
    operation.offset = random.between(1, 4);
  }
  return operation;
}

Operation random_grow(Random& random, const Arena& arena) {
  Operation operation{.kind = OperationKind::grow};
  if (arena.hole_count == 0) return {.kind = OperationKind::free_all};
  const Run hole = arena.holes[random.below(arena.hole_count)];
  const std::uint32_t skipped = random.below(hole.count.value());
  operation.pfn = hole.first + FrameCount{skipped};
  operation.count = FrameCount{random.between(1, hole.count.value() - skipped)};
  return operation;
}

/// Mostly few holes anywhere; one arena in 16 has up to 16 short ones, close together. One hole in
/// four starts where the arena does, or where the hole before it ends.
void lay_holes(Random& random, Arena& arena) {
  const std::uint32_t frames = arena.frames.value();
  const bool many = random.one_in(16);
  const std::uint32_t most = many ? Arena::kMaxHoles : 4;
  const std::uint32_t reach = many ? 1 + frames / 16 : frames;
  std::uint32_t next = 0;
  while (arena.hole_count < most && next < frames && !random.one_in(many ? 64 : 2)) {
    const std::uint32_t gap = random.one_in(4) ? 0 : random.below(std::min(reach, frames - next));
    const std::uint32_t first = next + gap;
    const std::uint32_t count = random.between(1, std::min(reach, frames - first));
    arena.holes[arena.hole_count++] = {arena.base + FrameCount{first}, FrameCount{count}};
    next = first + count;
  }
}

}  // namespace

Arena random_arena(Random& random, std::uint32_t max_frames) {
  const bool any_size = max_frames < 64 || random.one_in(3);
  return random_arena(random, 1, any_size ? max_frames : 64);
}

Arena random_arena(Random& random, std::uint32_t min_frames, std::uint32_t max_frames) {
  Arena arena;
  const std::uint32_t frames = random.between(min_frames, max_frames);
  arena.base = Pfn{random_base(random, frames)};
  arena.frames = FrameCount{frames};
  lay_holes(random, arena);
  if (!random.one_in(4)) {
    arena.ram = RamContent::junk;
    arena.seed = random.next();
  }
  return arena;
}

Weights swarm_weights(Random& random, const Arena& arena) {
  constexpr std::uint32_t kFramesPerOften = 64;
  const std::uint32_t often = 1 + arena.frames.value() / kFramesPerOften;
  const auto weight = [&](std::uint32_t highest) {
    return random.one_in(3) ? 0 : random.between(1, highest);
  };
  Weights weights{.alloc_one = weight(32) * often,
                  .alloc_run = weight(16) * often,
                  .alloc_edge = weight(8) * often,
                  .free_block = weight(32) * often,
                  .free_stray = weight(8) * often,
                  .exhaust = weight(2),
                  .free_all = weight(2),
                  .grow = weight(2) * often};
  if (arena.hole_count == 0) weights.grow = 0;
  if (weights.alloc_one + weights.alloc_run == 0) weights.alloc_one = 8 * often;
  return weights;
}

FrameCount random_edge_count(Random& random, FrameCount frames) {
  switch (random.below(4)) {
    case 0: return FrameCount{0};
    case 1: return FrameCount{random.between(1, frames.value())};
    case 2: return frames - FrameCount{random.below(2)};
    default: return FrameCount{random.one_in(2) ? frames.value() + 1 : 0xFFFF'FFFFU};
  }
}

FrameCount random_count(Random& random, FrameCount frames) {
  const std::uint32_t choice = random.below(16);
  if (choice < 4) return random_edge_count(random, frames);
  return choice < 8 ? random_run_count(random) : FrameCount{1};
}

FrameCount random_alignment(Random& random) {
  if (!random.one_in(6)) return FrameCount{1};
  if (random.one_in(8)) return FrameCount{random.one_in(2) ? 0 : 3U};
  return FrameCount{1U << (random.one_in(8) ? random.below(32) : random.below(5))};
}

Operation random_operation(Random& random, const Arena& arena, std::uint32_t names,
                           const Weights& weights) {
  std::uint32_t choice = random.below(weights.total());
  const auto falls_to = [&](std::uint32_t weight) {
    if (choice < weight) return true;
    choice -= weight;
    return false;
  };
  const auto alloc = [&](FrameCount count) {
    return Operation{
        .kind = OperationKind::alloc, .count = count, .alignment = random_alignment(random)};
  };
  if (falls_to(weights.alloc_one)) return alloc(FrameCount{1});
  if (falls_to(weights.alloc_run)) return alloc(random_run_count(random));
  if (falls_to(weights.alloc_edge)) return alloc(random_edge_count(random, arena.frames));
  if (falls_to(weights.exhaust)) {
    return {.kind = OperationKind::exhaust, .count = random_count(random, arena.frames)};
  }
  if (falls_to(weights.free_all)) return {.kind = OperationKind::free_all};
  if (falls_to(weights.grow)) return random_grow(random, arena);
  const bool stray = names == 0 || falls_to(weights.free_stray);
  return stray ? random_stray_free(random, arena, names) : free_of_name(random, names);
}

}  // namespace assay
