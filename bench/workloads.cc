#include "bench/workloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "oracle/operations/random.h"

namespace assay {

namespace {

constexpr std::uint32_t kMaxLength = 16;

Operation alloc_of(std::uint32_t frames) {
  return {.kind = OperationKind::alloc, .count = FrameCount{frames}};
}

Operation free_of(std::uint32_t block) {
  return {.kind = OperationKind::free_block, .block = block};
}

Workload single_pair(Scale scale) {
  Workload workload{.name = "single_pair",
                    .title = "One frame, taken and given back",
                    .question =
                        "What do one allocation and one free of a single frame cost when "
                        "nearly all memory is free?"};
  workload.sequence.arena.frames = FrameCount{scale.frames};
  for (std::uint32_t block = 0; block < scale.operations / 2; ++block) {
    workload.sequence.operations.push_back(alloc_of(1));
    workload.sequence.operations.push_back(free_of(block));
  }
  return workload;
}

Workload fill_drain(Scale scale) {
  Workload workload{.name = "fill_drain",
                    .title = "Fill with single frames, drain in random order",
                    .question =
                        "What does a frame cost when memory is filled to the last frame and "
                        "then given back in no order at all?",
                    .seed = 1};
  workload.sequence.arena.frames = FrameCount{scale.frames};
  std::vector<std::uint32_t> blocks(scale.frames);
  Random random(workload.seed);
  for (std::uint32_t i = 0; i < scale.frames; ++i) {
    workload.sequence.operations.push_back(alloc_of(1));
    // A shuffle on the way: the new block goes to a random place, what was there to the end.
    const std::uint32_t place = random.below(i + 1);
    blocks[i] = blocks[place];
    blocks[place] = i;
  }
  for (const std::uint32_t block : blocks) workload.sequence.operations.push_back(free_of(block));
  return workload;
}

/// Runs of 1 … 16 frames that come and go at random while the occupancy stays at a target.
///
/// The probability of a length is proportional to 1 / length, so that each length takes the same
/// share of memory; the mean is 4.7 frames. A step allocates; before it, blocks chosen evenly among
/// the live ones are freed until the new one fits under the target.
class Churn {
 public:
  Churn(Workload& workload, std::uint32_t target_frames)
      : operations_(workload.sequence.operations), random_(workload.seed), target_(target_frames) {}

  /// Allocates up to the target; then as many blocks again are freed and replaced, twice.
  void prepare() {
    std::uint32_t length = draw_length();
    for (; used_ + length <= target_; length = draw_length()) allocate(length);
    run(4 * static_cast<std::uint32_t>(live_.size()));
  }

  /// Adds at least `count` operations.
  void run(std::uint32_t count) {
    const std::size_t goal = operations_.size() + count;
    while (operations_.size() < goal) {
      const std::uint32_t length = draw_length();
      while (used_ + length > target_) free_any();
      allocate(length);
    }
  }

 private:
  struct Block {
    std::uint32_t name;
    std::uint32_t length;
  };

  std::uint32_t draw_length() {
    constexpr std::uint32_t kOne = 720'720;  // divisible by 1 … 16
    constexpr std::uint32_t kAll = [] {
      std::uint32_t sum = 0;
      for (std::uint32_t length = 1; length <= kMaxLength; ++length) sum += kOne / length;
      return sum;
    }();
    std::uint32_t ticket = random_.below(kAll);
    std::uint32_t length = 1;
    for (; ticket >= kOne / length; ++length) ticket -= kOne / length;
    return length;
  }

  void allocate(std::uint32_t length) {
    operations_.push_back(alloc_of(length));
    live_.push_back({names_++, length});
    used_ += length;
  }

  void free_any() {
    std::swap(live_[random_.below(static_cast<std::uint32_t>(live_.size()))], live_.back());
    operations_.push_back(free_of(live_.back().name));
    used_ -= live_.back().length;
    live_.pop_back();
  }

  std::vector<Operation>& operations_;
  Random random_;
  std::uint32_t target_;
  std::uint32_t used_ = 0;
  std::uint32_t names_ = 0;
  std::vector<Block> live_;
};

Workload mixed(Scale scale, std::uint32_t percent) {
  Workload workload{
      .name = fmt::format("mixed_{}", percent),
      .title = fmt::format("Runs of 1 to {} frames at {} % occupancy", kMaxLength, percent),
      .question = fmt::format("What does an operation cost when runs of mixed lengths "
                              "come and go and {} % of memory is in use?",
                              percent),
      .seed = percent};
  workload.sequence.arena.frames = FrameCount{scale.frames};
  Churn churn(workload, scale.frames * percent / 100);
  churn.prepare();
  workload.first_measured = static_cast<std::uint32_t>(workload.sequence.operations.size());
  churn.run(scale.operations);
  return workload;
}

/// What a trace allocates before its first free is set-up: first comes what was live at its start.
std::expected<Workload, InputError> trace_pgbench(Scale scale, const std::string& trace_folder) {
  auto sequence = load(trace_folder + "/pgbench.opsb");
  if (!sequence) return std::unexpected(sequence.error());
  Workload workload{.name = "trace_pgbench",
                    .title = "Linux under PostgreSQL's pgbench, replayed",
                    .question =
                        "What does an operation cost in the order in which a real kernel, "
                        "busy with a database, asked for it?",
                    .sequence = std::move(*sequence)};
  std::vector<Operation>& operations = workload.sequence.operations;
  if (operations.size() > scale.trace_operations) operations.resize(scale.trace_operations);
  const auto first_free = std::ranges::find_if(
      operations, [](const Operation& operation) { return !operation.names_block(); });
  workload.first_measured = static_cast<std::uint32_t>(first_free - operations.begin());
  return workload;
}

}  // namespace

const std::vector<std::string>& workload_names() {
  static const std::vector<std::string> names{"single_pair", "fill_drain", "mixed_50", "mixed_90",
                                              "trace_pgbench"};
  return names;
}

std::expected<Workload, InputError> make_workload(const std::string& name, Scale scale,
                                                  const std::string& trace_folder) {
  if (name == "single_pair") return single_pair(scale);
  if (name == "fill_drain") return fill_drain(scale);
  if (name == "mixed_50") return mixed(scale, 50);
  if (name == "mixed_90") return mixed(scale, 90);
  if (name == "trace_pgbench") return trace_pgbench(scale, trace_folder);
  return std::unexpected(
      fmt::format("there is no workload '{}'; known: {}", name, fmt::join(workload_names(), ", ")));
}

}  // namespace assay
