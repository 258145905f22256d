#include "bench/lifetimes.h"

#include <functional>
#include <numeric>
#include <queue>
#include <utility>

#include "oracle/operations/random.h"

namespace assay {

namespace {

class Population {
 public:
  Population(Workload& workload, const Lifetimes& blocks)
      : workload_(workload),
        blocks_(blocks),
        random_(workload.seed),
        target_(share_of(workload.sequence.arena.frames.value(), blocks.per_mille)),
        orders_(static_cast<std::uint32_t>(blocks.shares.size())) {
    while (orders_ > 1 && 1U << (orders_ - 1) > target_) --orders_;
    all_shares_ = std::accumulate(blocks.shares.begin(), blocks.shares.begin() + orders_, 0U);
  }

  /// Fills up to the target with blocks that stay.
  void settle() {
    std::uint32_t frames = draw_frames();
    for (; used_ + frames <= target_; frames = draw_frames()) staying_.push_back(allocate(frames));
  }

  /// Adds at least `count` operations.
  void run(std::uint32_t count) {
    const std::size_t goal = workload_.sequence.operations.size() + count;
    while (workload_.sequence.operations.size() < goal) {
      ++now_;
      while (!leaving_.empty() && leaving_.top().due <= now_) free_next_to_go();
      const std::uint32_t frames = draw_frames();
      while (used_ + frames > target_) staying_.empty() ? free_next_to_go() : free_any_staying();
      const Block block = allocate(frames);
      if (random_.below(1000) < blocks_.outlive_per_mille) {
        staying_.push_back(block);
      } else {
        leaving_.push({now_ + draw_lifetime(), block});
      }
    }
  }

 private:
  struct Block {
    std::uint32_t name;
    std::uint32_t frames;
  };
  struct Leaving {
    std::uint32_t due;
    Block block;

    /// The first to go is on top of the queue; of two, the older one.
    bool operator>(const Leaving& other) const {
      return due != other.due ? due > other.due : block.name > other.block.name;
    }
  };

  std::uint32_t draw_frames() {
    std::uint32_t ticket = random_.below(all_shares_);
    std::uint32_t order = 0;
    for (; ticket >= blocks_.shares[order]; ++order) ticket -= blocks_.shares[order];
    return 1U << order;
  }

  std::uint32_t draw_lifetime() {
    const auto parts = static_cast<std::uint32_t>(blocks_.quantiles.size()) - 1;
    const std::uint32_t part = random_.below(parts);
    return random_.between(blocks_.quantiles[part], blocks_.quantiles[part + 1]);
  }

  Block allocate(std::uint32_t frames) {
    workload_.add_request(frames);
    used_ += frames;
    return {names_++, frames};
  }

  void free(const Block& block) {
    workload_.add_free(block.name);
    used_ -= block.frames;
  }

  void free_next_to_go() {
    free(leaving_.top().block);
    leaving_.pop();
  }

  void free_any_staying() {
    std::swap(staying_[random_.below(static_cast<std::uint32_t>(staying_.size()))],
              staying_.back());
    free(staying_.back());
    staying_.pop_back();
  }

  Workload& workload_;
  const Lifetimes& blocks_;
  Random random_;
  std::uint32_t target_;
  std::uint32_t orders_;
  std::uint32_t all_shares_ = 0;
  std::uint32_t used_ = 0;
  std::uint32_t names_ = 0;
  std::uint32_t now_ = 0;
  std::vector<Block> staying_;
  std::priority_queue<Leaving, std::vector<Leaving>, std::greater<>> leaving_;
};

}  // namespace

void lifetimes(Workload& workload, const Scale& scale, const Lifetimes& blocks) {
  Population population(workload, blocks);
  population.settle();
  // So long that nearly all that was born first is gone.
  population.run(2 * scale.frames);
  workload.begin_measured();
  population.run(scale.operations);
}

}  // namespace assay
