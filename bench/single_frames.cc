#include "bench/single_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "bench/recorder.h"
#include "oracle/operations/random.h"

namespace assay {

namespace {

/// Appends the requests for every frame, one by one, and lays out the arena.
void append_fill(Workload& workload, std::uint32_t frames) {
  workload.sequence.arena.frames = FrameCount{frames};
  for (std::uint32_t i = 0; i < frames; ++i) workload.add_request(1);
}

/// Appends a free of each of the first `blocks` blocks, in random order.
void append_drain(Workload& workload, std::uint32_t blocks) {
  std::vector<std::uint32_t> order(blocks);
  Random random(workload.seed);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    // A shuffle on the way: the new block goes to a random place, what was there to the end.
    const std::uint32_t place = random.below(i + 1);
    order[i] = order[place];
    order[place] = i;
  }
  for (const std::uint32_t block : order) workload.add_free(block);
}

}  // namespace

Workload single_pair(Scale scale) {
  Workload workload{.name = "single_pair",
                    .title = "One frame, taken and given back",
                    .question =
                        "What do one allocation and one free of a single frame cost when "
                        "nearly all memory is free?"};
  workload.sequence.arena.frames = FrameCount{scale.frames};
  for (std::uint32_t block = 0; block < scale.operations / 2; ++block) {
    workload.add_request(1);
    workload.add_free(block);
  }
  return workload;
}

Workload fill(Scale scale) {
  Workload workload{.name = "fill",
                    .title = "Fill with single frames",
                    .question = "What does a frame cost while memory is filled to the last one?"};
  append_fill(workload, scale.frames);
  return workload;
}

Workload free_random(Scale scale) {
  Workload workload{.name = "free_random",
                    .title = "Free single frames in random order",
                    .question =
                        "What does a free cost when every frame is in use and all are given back "
                        "in no order at all?",
                    .seed = 1};
  append_fill(workload, scale.frames);
  workload.begin_measured();
  append_drain(workload, scale.frames);
  return workload;
}

Workload fill_drain(Scale scale) {
  Workload workload{.name = "fill_drain",
                    .title = "Fill with single frames, drain in random order",
                    .question =
                        "What does a frame cost when memory is filled to the last frame and "
                        "then given back in no order at all?",
                    .seed = 1};
  append_fill(workload, scale.frames);
  append_drain(workload, scale.frames);
  return workload;
}

Workload churn(Scale scale, std::uint32_t percent) {
  Workload workload{.name = fmt::format("churn_{}", percent),
                    .title = fmt::format("Single frames at {} % occupancy", percent),
                    .question = fmt::format("What does an operation cost when single frames come "
                                            "and go and {} % of memory is in use?",
                                            percent),
                    .seed = percent};
  workload.sequence.arena.frames = FrameCount{scale.frames};
  std::vector<std::uint32_t> live;
  std::uint32_t names = 0;
  const auto target = static_cast<std::uint32_t>(std::uint64_t{scale.frames} * percent / 100);
  for (; names < target; ++names) {
    workload.add_request(1);
    live.push_back(names);
  }
  Random random(workload.seed);
  const auto replace = [&](std::uint32_t times) {
    for (std::uint32_t i = 0; i < times; ++i) {
      const std::uint32_t victim = random.below(target);
      workload.add_free(std::exchange(live[victim], names++));
      workload.add_request(1);
    }
  };
  // So often that a cursor has passed every frame that was free at first, and the order in which
  // the frames were handed out is forgotten.
  replace(std::max(target, scale.frames - target));
  workload.begin_measured();
  replace(scale.operations / 2);
  return workload;
}

Workload fail_full(Scale scale) {
  Workload workload{.name = "fail_full",
                    .title = "A frame, where none is free",
                    .question = "How long does it take to learn that no frame is free?",
                    .per = Per::request,
                    .is_repeatable = true};
  append_fill(workload, scale.frames);
  workload.begin_measured();
  Recorder recorder(workload, {});
  for (std::uint32_t i = 0; i < kAttempts; ++i) recorder.append_attempt(1);
  return workload;
}

}  // namespace assay
