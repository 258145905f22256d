#include "bench/single_frames.h"

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

/// Appends the requests for every frame, one by one.
void append_fill(Workload& workload, std::uint32_t frames) {
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
void append_batches(Workload& workload, const Scale& scale) {
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

void pairs(Workload& workload, const Scale& scale) {
  for (std::uint32_t block = 0; block < scale.operations / 2; ++block) {
    workload.add_request(1);
    workload.add_free(block);
  }
}

void fill(Workload& workload, const Scale& scale) { append_fill(workload, scale.frames); }

void free_random(Workload& workload, const Scale& scale) {
  append_fill(workload, scale.frames);
  workload.begin_measured();
  append_drain(workload, scale.frames);
}

void refill_random(Workload& workload, const Scale& scale) {
  append_fill(workload, scale.frames);
  append_drain(workload, scale.frames);
  workload.begin_measured();
  append_fill(workload, scale.frames);
}

void fill_drain(Workload& workload, const Scale& scale) {
  append_fill(workload, scale.frames);
  append_drain(workload, scale.frames);
}

void churn(Workload& workload, const Scale& scale, std::uint32_t per_mille) {
  std::vector<std::uint32_t> live;
  std::uint32_t names = 0;
  const std::uint32_t target = share_of(scale.frames, per_mille);
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
}

void batches(Workload& workload, const Scale& scale, Timed timed) {
  workload.timed = timed;
  append_batches(workload, scale);
}

void fail_full(Workload& workload, const Scale& scale) {
  workload.per = Per::request;
  workload.is_repeatable = true;
  append_fill(workload, scale.frames);
  workload.begin_measured();
  Recorder(workload, {}).append_attempts(1);
}

}  // namespace assay
