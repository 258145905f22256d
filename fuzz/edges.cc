#include "fuzz/edges.h"

#include <cstring>

#include "impls/bitmap/bitmap.h"
#include "oracle/host/host_trial.h"

namespace assay {

namespace {

constexpr std::size_t kEdgeBytes = kEdgeWordsPerFrame / 2 * sizeof(std::uint64_t);

}  // namespace

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

/// Seen, not computed: a trial of a design that leaves frames alone shows what a trial writes. It
/// has no holes, since the frames of a hole may come into use.
EdgePatterns edge_patterns(const Arena& arena) {
  HostMemory host;
  Survey survey;
  survey.arena = arena;
  survey.arena.hole_count = 0;
  const TrialMemory memory = host.prepare_for(Bitmap<>(), survey);
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
