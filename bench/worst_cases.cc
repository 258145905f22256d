#include "bench/worst_cases.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>
#include <vector>

#include "bench/recorder.h"
#include "oracle/operations/random.h"

namespace assay {

namespace {

using Block = Recorder::Block;

/// Takes every frame, one by one. Returns: the block of each, by its place in the arena; nothing
/// where the performer had no frame to give.
std::vector<std::optional<Block>> take_every_frame(Recorder& recorder, const Arena& arena) {
  std::vector<std::optional<Block>> blocks(arena.frames.value());
  for (std::uint32_t i = 0; i < arena.frames.value(); ++i) {
    const std::optional<Block> block = recorder.allocate(1);
    if (block) blocks[(block->run.first - arena.base).value()] = block;
  }
  return blocks;
}

void shuffle(std::vector<Block>& blocks, Random& random) {
  for (auto left = static_cast<std::uint32_t>(blocks.size()); left > 1; --left) {
    std::swap(blocks[random.below(left)], blocks[left - 1]);
  }
}

void free_all(Recorder& recorder, const std::vector<Block>& blocks) {
  for (const Block& block : blocks) recorder.free(block);
}

/// Asks for frames, and gives back what comes of it.
void attempt(Recorder& recorder, std::uint32_t frames) {
  const std::optional<Block> block = recorder.allocate(frames);
  if (block) recorder.free(*block);
}

}  // namespace

void free_everywhere(Workload& workload, const Scale& scale, const Performer& performer,
                     std::uint32_t distance) {
  workload.follows_performer = true;
  Recorder recorder(workload, performer);
  const auto taken = take_every_frame(recorder, workload.sequence.arena);
  std::vector<Block> comers;
  for (std::size_t i = 0; i < taken.size(); i += distance) {
    if (taken[i]) comers.push_back(*taken[i]);
  }
  Random random(workload.seed);
  workload.begin_measured();
  const std::size_t goal = workload.sequence.operations.size() + scale.operations;
  while (workload.sequence.operations.size() < goal) {
    shuffle(comers, random);
    free_all(recorder, comers);
    attempt(recorder, 2);
    // No other frame is free: these are the same again.
    std::vector<Block> back;
    for (std::size_t i = 0; i < comers.size(); ++i) {
      if (const std::optional<Block> block = recorder.allocate(1)) back.push_back(*block);
    }
    comers = std::move(back);
  }
}

void halves(Workload& workload, const Scale& scale) {
  workload.is_repeatable = true;  // the oracle looks at every frame of a block, so let it be few
  const std::uint32_t half = std::bit_floor(scale.frames) / 2;
  for (std::uint32_t i = 0; i < attempts_in(FrameCount{scale.frames}); ++i) {
    workload.add_request(1);
    workload.add_request(half);
    workload.add_free(2 * i);
    workload.add_free(2 * i + 1);
  }
}

void short_extents(Workload& workload, const Scale& /*scale*/, const Performer& performer,
                   std::uint32_t length) {
  workload.per = Per::request;
  workload.follows_performer = true;
  workload.is_repeatable = true;
  Recorder recorder(workload, performer);
  const auto taken = take_every_frame(recorder, workload.sequence.arena);
  std::vector<Block> runs;
  for (std::size_t first = 0; first + length < taken.size(); first += length + 1) {
    for (std::size_t i = first; i < first + length; ++i) {
      if (taken[i]) recorder.free(*taken[i]);
    }
    // A design that wants them aligned leaves them free as they are.
    if (const std::optional<Block> run = recorder.allocate(length)) runs.push_back(*run);
  }
  Random random(workload.seed);
  shuffle(runs, random);
  free_all(recorder, runs);
  attempt(recorder, length + 1);  // pays for what was put off at the frees
  workload.begin_measured();
  recorder.append_attempts(length + 1);
}

void half_of_scattered_links(Workload& workload, const Scale& scale, const Performer& performer) {
  workload.follows_performer = true;
  const std::uint32_t half = std::bit_floor(scale.frames) / 2;
  Recorder recorder(workload, performer);
  const auto taken = take_every_frame(recorder, workload.sequence.arena);
  std::vector<Block> lower;
  for (std::uint32_t i = 0; i < half; ++i) {
    if (taken[i]) lower.push_back(*taken[i]);
  }
  Random random(workload.seed);
  shuffle(lower, random);
  free_all(recorder, lower);
  workload.begin_measured();
  workload.add_request(half);
}

void pair_behind_gaps(Workload& workload, const Scale& scale, const Performer& performer) {
  workload.follows_performer = true;
  workload.is_repeatable = true;
  const std::uint32_t pair = (scale.frames - 2) & ~1U;  // where two begin that are buddies, too
  Recorder recorder(workload, performer);
  const auto taken = take_every_frame(recorder, workload.sequence.arena);
  for (std::uint32_t i = 0; i < pair; i += 2) {
    if (taken[i]) recorder.free(*taken[i]);
  }
  for (std::uint32_t i = pair; i < pair + 2; ++i) {
    if (taken[i]) recorder.free(*taken[i]);
  }
  attempt(recorder, 2);  // pays for what was put off at the frees
  workload.begin_measured();
  recorder.append_attempts(2);
}

}  // namespace assay
