#include "bench/runs_of_frames.h"

#include <optional>
#include <utility>
#include <vector>

#include "bench/recorder.h"
#include "oracle/operations/random.h"

namespace assay {

namespace {

/// Runs of 1 … `longest` frames that come and go at random while the occupancy stays at a target.
///
/// The probability of a length is proportional to 1 / length, so that each length takes the same
/// share of memory; with lengths up to 16 the mean is 4.7 frames. A step allocates; before it,
/// blocks chosen evenly among the live ones are freed until the new one fits under the target.
class Churn {
 public:
  Churn(Workload& workload, const MixedRuns& mix)
      : workload_(workload),
        random_(workload.seed),
        longest_(mix.longest),
        target_(share_of(workload.sequence.arena.frames.value(), mix.per_mille)) {
    for (std::uint32_t length = 1; length <= longest_; ++length) all_tickets_ += kOne / length;
  }

  /// Allocates up to the target; then as many blocks again are freed and replaced, twice.
  void prepare() {
    std::uint32_t length = draw_length();
    for (; used_ + length <= target_; length = draw_length()) allocate(length);
    run(4 * static_cast<std::uint32_t>(live_.size()));
  }

  /// Adds at least `count` operations.
  void run(std::uint32_t count) {
    const std::vector<Operation>& operations = workload_.sequence.operations;
    const std::size_t goal = operations.size() + count;
    while (operations.size() < goal) {
      const std::uint32_t length = draw_length();
      while (used_ + length > target_) free_any();
      allocate(length);
    }
  }

  /// Adds a request, and a free of what it gives, if anything.
  void attempt(std::uint32_t frames) {
    workload_.add_request(frames);
    workload_.add_free(names_++);
  }

 private:
  struct Block {
    std::uint32_t name;
    std::uint32_t length;
  };

  static constexpr std::uint32_t kOne = 720'720;  // divisible by 1 … MixedRuns::kMostLongest

  std::uint32_t draw_length() {
    std::uint32_t ticket = random_.below(all_tickets_);
    std::uint32_t length = 1;
    for (; ticket >= kOne / length; ++length) ticket -= kOne / length;
    return length;
  }

  void allocate(std::uint32_t length) {
    workload_.add_request(length);
    live_.push_back({names_++, length});
    used_ += length;
  }

  void free_any() {
    std::swap(live_[random_.below(static_cast<std::uint32_t>(live_.size()))], live_.back());
    workload_.add_free(live_.back().name);
    used_ -= live_.back().length;
    live_.pop_back();
  }

  Workload& workload_;
  Random random_;
  std::uint32_t longest_;
  std::uint32_t target_;
  std::uint32_t all_tickets_ = 0;
  std::uint32_t used_ = 0;
  std::uint32_t names_ = 0;
  std::vector<Block> live_;
};

/// Blocks of 1, 2, 4 … frames that come and go at random; each order is as likely to be asked
/// for as any other. Before a request, blocks chosen evenly among the live ones are freed until it
/// would fit under the target, if only the free frames lay together. One that fails changes
/// nothing, so that the occupancy is held, by shorter blocks if need be.
class OrderMix {
 public:
  OrderMix(Workload& workload, const Performer& performer, const MixedOrders& mix)
      : workload_(workload),
        recorder_(workload, performer),
        random_(workload.seed),
        target_(share_of(workload.sequence.arena.frames.value(), mix.per_mille)),
        orders_(mix.orders) {
    while (orders_ > 1 && 1U << (orders_ - 1) > target_) --orders_;
  }

  /// Fills up to the target; then each block that is live then is replaced so often:
  /// the layout settles slowly.
  void prepare(std::uint32_t replacements) {
    std::uint32_t frames = draw();
    for (; used_ + frames <= target_; frames = draw()) allocate(frames);
    run(2 * replacements * static_cast<std::uint32_t>(live_.size()));
  }

  /// Adds at least `count` operations.
  void run(std::uint32_t count) {
    const std::vector<Operation>& operations = workload_.sequence.operations;
    const std::size_t goal = operations.size() + count;
    while (operations.size() < goal) {
      const std::uint32_t frames = draw();
      while (used_ + frames > target_) free_any();
      allocate(frames);
    }
  }

  /// Fills all of memory, until a request fails or no longer fits; then blocks chosen at random are
  /// freed down to the target.
  void scatter() {
    const std::uint32_t all = workload_.sequence.arena.frames.value();
    for (std::uint32_t frames = draw(); used_ + frames <= all; frames = draw()) {
      if (!allocate(frames)) break;
    }
    while (used_ > target_) free_any();
  }

  /// Takes every run of `frames` frames that there is; a performer without a memory has as many
  /// as would fit if only the free frames lay together.
  void take_all(std::uint32_t frames) {
    const std::uint32_t all = workload_.sequence.arena.frames.value();
    for (; used_ + frames <= all && recorder_.allocate(frames); used_ += frames) continue;
  }

  [[nodiscard]] Recorder& recorder() { return recorder_; }

 private:
  std::uint32_t draw() { return 1U << random_.below(orders_); }

  /// Returns: whether there were as many in a row.
  bool allocate(std::uint32_t frames) {
    const std::optional<Recorder::Block> block = recorder_.allocate(frames);
    if (!block) return false;
    live_.push_back(*block);
    used_ += frames;
    return true;
  }

  void free_any() {
    std::swap(live_[random_.below(static_cast<std::uint32_t>(live_.size()))], live_.back());
    recorder_.free(live_.back());
    used_ -= live_.back().run.count.value();
    live_.pop_back();
  }

  Workload& workload_;
  Recorder recorder_;
  Random random_;
  std::uint32_t target_;
  std::uint32_t orders_;
  std::uint32_t used_ = 0;
  std::vector<Recorder::Block> live_;
};

}  // namespace

void mixed(Workload& workload, const Scale& scale, const MixedRuns& mix, std::uint32_t times) {
  Churn churn(workload, mix);
  churn.prepare();
  workload.begin_measured();
  const std::uint32_t count = scale.operations * times;
  // Ten million of them: a vector that grows by itself would need room for twice as many.
  workload.sequence.operations.reserve(workload.first_measured + count + 2 * mix.longest);
  churn.run(count);
}

void fail_in_mix(Workload& workload, const Scale& scale, const MixedRuns& mix,
                 const Attempts& attempts) {
  Churn churn(workload, mix);
  churn.prepare();
  workload.begin_measured();
  const std::size_t goal = workload.sequence.operations.size() + scale.operations;
  while (workload.sequence.operations.size() < goal) {
    churn.run(attempts.every);
    churn.attempt(attempts.frames);
  }
}

void orders(Workload& workload, const Scale& scale, const Performer& performer,
            const MixedOrders& mix, std::uint32_t replacements) {
  workload.follows_performer = true;
  OrderMix blocks(workload, performer, mix);
  blocks.prepare(replacements);
  workload.begin_measured();
  blocks.run(scale.operations);
}

void fail_checkerboard(Workload& workload, const Scale& scale, const Performer& performer) {
  workload.per = Per::request;
  workload.follows_performer = true;
  workload.is_repeatable = true;
  Recorder recorder(workload, performer);
  std::vector<Recorder::Block> odd;
  for (std::uint32_t i = 0; i < scale.frames; ++i) {
    const std::optional<Recorder::Block> block = recorder.allocate(1);
    if (block && block->run.first.value() % 2 == 1) odd.push_back(*block);
  }
  for (const Recorder::Block& block : odd) recorder.free(block);
  // The first request pays for what a design has put off at the frees, however many they were.
  static_cast<void>(recorder.allocate(2));
  workload.begin_measured();
  recorder.append_attempts(2);
}

void fail_in_orders(Workload& workload, const Scale& /*scale*/, const Performer& performer,
                    const MixedOrders& mix) {
  workload.per = Per::request;
  workload.follows_performer = true;
  workload.is_repeatable = true;
  OrderMix blocks(workload, performer, mix);
  blocks.scatter();
  blocks.take_all(mix.longest());
  workload.begin_measured();
  blocks.recorder().append_attempts(mix.longest());
}

}  // namespace assay
