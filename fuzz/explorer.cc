#include "fuzz/explorer.h"

#include "impls/bitmap/bitmap.h"

namespace assay {

namespace {
constexpr std::size_t kEdgeBytes = kEdgeWordsPerFrame / 2 * sizeof(std::uint64_t);
}

Arena small_arena(Pfn base, FrameCount frames, std::uint32_t reserved) {
  Arena arena{.base = base, .frames = frames, .ram = RamContent::junk, .seed = 1};
  bool in_hole = false;
  for (std::uint32_t i = 0; i < frames.value(); ++i) {
    const bool is_reserved = (reserved >> i & 1) != 0;
    if (is_reserved && !in_hole) arena.holes[arena.hole_count++].first = base + FrameCount{i};
    if (is_reserved) arena.holes[arena.hole_count - 1].count += FrameCount{1};
    in_hole = is_reserved;
  }
  return arena;
}

std::vector<Operation> all_calls(const Arena& arena) {
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
  return calls;
}

std::uint64_t possible_states(const Arena& arena) {
  std::uint64_t product = 1;
  for (const Run& run : UsableRuns(arena).runs()) {
    std::uint64_t now = 1;   // F(1)
    std::uint64_t next = 1;  // F(2)
    for (std::uint32_t i = 0; i < run.count.value(); ++i) {
      now += next;
      next += now;
    }
    product *= now;
  }
  return product;
}

Holding holding_of(const Model& model) {
  Holding holding;
  const Run arena = model.arena();
  for (std::uint32_t i = 0; i < arena.count.value(); ++i) {
    const Pfn pfn = arena.first + FrameCount{i};
    const std::optional<Run> block = model.block_at(pfn);
    if (!block) continue;
    holding.used |= 1U << i;
    if (pfn + FrameCount{1} == block->end()) holding.last |= 1U << i;
  }
  return holding;
}

void read_edges(const FrameWindow& ram, Run frames, std::span<std::uint64_t> words) {
  std::uint64_t* to = words.data();
  for (std::uint32_t i = 0; i < frames.count.value(); ++i, to += kEdgeWordsPerFrame) {
    const std::byte* frame = ram(frames.first + FrameCount{i});
    std::memcpy(to, frame, kEdgeBytes);
    std::memcpy(to + kEdgeWordsPerFrame / 2, frame + kFrameBytes - kEdgeBytes, kEdgeBytes);
  }
}

void write_edges(const FrameWindow& ram, Run frames, std::span<const std::uint64_t> words) {
  const std::uint64_t* from = words.data();
  for (std::uint32_t i = 0; i < frames.count.value(); ++i, from += kEdgeWordsPerFrame) {
    std::byte* frame = ram(frames.first + FrameCount{i});
    std::memcpy(frame, from, kEdgeBytes);
    std::memcpy(frame + kFrameBytes - kEdgeBytes, from + kEdgeWordsPerFrame / 2, kEdgeBytes);
  }
}

/// Seen, not computed: a trial of a design that leaves frames alone shows what a trial writes.
EdgePatterns edge_patterns(const Arena& arena) {
  HostMemory host;
  const Survey survey = explorer_detail::survey_of(arena);
  const TrialMemory memory = explorer_detail::prepare<Bitmap<>>(host, survey);
  Trial<Bitmap<>> trial(memory);
  static_cast<void>(trial.begin(survey));
  const std::size_t words = arena.frames.value() * kEdgeWordsPerFrame;
  EdgePatterns patterns{std::vector<std::uint64_t>(words), std::vector<std::uint64_t>(words), 0};
  read_edges(memory.ram, arena.run(), patterns.at_first);
  for (std::uint32_t i = 0; i < arena.frames.value(); ++i) {
    static_cast<void>(trial.step_allocate(FrameCount{1}, FrameCount{1}));
  }
  read_edges(memory.ram, arena.run(), patterns.owned);
  const Pfn block = trial.model().next_block(arena.base);
  if (!block.is_none()) patterns.owner = trial.model().owner_of_block(block);
  return patterns;
}

}  // namespace assay
