#include "bench/single_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "bench/recorder.h"
#include "oracle/operations/random.h"

namespace assay {

namespace {

constexpr std::uint32_t kBatches = 100;
constexpr std::uint32_t kBatchFrames = 64;  ///< the clock is read once per batch, at every size

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

/// Frees and requests in turn, some of each behind one another, in memory from which a tenth of the
/// frames was given back in random order: no design has had a say in which ones are free.
void append_batches(Workload& workload, Scale scale) {
  append_fill(workload, scale.frames);
  const std::uint32_t free_frames = scale.frames / 10;
  std::vector<std::uint32_t> live(scale.frames);
  std::iota(live.begin(), live.end(), 0U);
  Random random(workload.seed);
  const auto free_any = [&] {
    std::swap(live[random.below(static_cast<std::uint32_t>(live.size()))], live.back());
    workload.add_free(live.back());
    live.pop_back();
  };
  for (std::uint32_t i = 0; i < free_frames; ++i) free_any();
  workload.begin_measured();
  std::uint32_t names = scale.frames;
  for (std::uint32_t batch = 0; batch < kBatches; ++batch) {
    for (std::uint32_t i = 0; i < kBatchFrames; ++i) free_any();
    for (std::uint32_t i = 0; i < kBatchFrames; ++i) {
      workload.add_request(1);
      live.push_back(names++);
    }
  }
}

}  // namespace

Workload single_pair(Scale scale) {
  Workload workload{.name = "single_pair",
                    .title = "One frame, taken and given back",
                    .question =
                        "What do one allocation and one free of a single frame cost when "
                        "nearly all memory is free?"};
  workload.sequence.arena = scale.arena();
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
  workload.sequence.arena = scale.arena();
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

Workload allocate_one(Scale scale) {
  Workload workload{.name = "allocate_one",
                    .title = "A frame taken at 90 % occupancy",
                    .question =
                        "What does the allocation of a frame cost when the free ones are scattered "
                        "over memory?",
                    .seed = 1,
                    .timed = Timed::requests};
  append_batches(workload, scale);
  return workload;
}

Workload free_one(Scale scale) {
  Workload workload{.name = "free_one",
                    .title = "A frame given back at 90 % occupancy",
                    .question = "What does the free of a frame cost, anywhere in memory?",
                    .seed = 1,
                    .timed = Timed::frees};
  append_batches(workload, scale);
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
  Recorder(workload, {}).append_attempts(1);
  return workload;
}

}  // namespace assay
