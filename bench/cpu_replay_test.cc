/// Whatever the order in which CPUs come, each block is freed once and behind its allocation.
#include "bench/cpu_replay.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "impls/designs.h"
#include "oracle/operations/random.h"

namespace assay {
namespace {

using Steps = std::vector<CpuStep>;
using Cpus = std::vector<std::uint16_t>;

/// Blocks of 1 to 8 frames that come and go; each free most likely on another CPU.
struct Recorded {
  Sequence sequence;
  Cpus cpus;
};

Recorded recorded(std::uint32_t seed, std::uint32_t operations) {
  Random random(seed);
  Recorded made;
  made.sequence.arena.frames = FrameCount{2'048};
  std::vector<std::uint32_t> live;
  std::uint32_t names = 0;
  for (std::uint32_t i = 0; i < operations; ++i) {
    if (live.size() < 10 || (live.size() < 100 && random.one_in(2))) {
      made.sequence.operations.push_back(
          {.kind = OperationKind::alloc, .count = FrameCount{random.between(1, 8)}});
      live.push_back(names++);
    } else {
      std::swap(live[random.below(static_cast<std::uint32_t>(live.size()))], live.back());
      made.sequence.operations.push_back({.kind = OperationKind::free_block, .block = live.back()});
      live.pop_back();
    }
    made.cpus.push_back(static_cast<std::uint16_t>(random.below(3)));
  }
  return made;
}

Operation alloc(std::uint32_t count) {
  return {.kind = OperationKind::alloc, .count = FrameCount{count}};
}
Operation free(std::uint32_t block) { return {.kind = OperationKind::free_block, .block = block}; }

TEST(CpuReplay, each_cpu_has_its_operations_in_their_order_behind_the_set_up) {
  Sequence sequence;
  sequence.operations = {alloc(1), alloc(2), free(0), alloc(4), free(1), free(2)};
  const auto plan = make_cpu_plan(sequence, Cpus{9, 9, 5, 0, 0, 5});
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_EQ(plan->set_up, (Steps{{0, 1}, {1, 2}}));
  ASSERT_EQ(plan->of_cpu.size(), 2U);
  EXPECT_EQ(plan->of_cpu[0], (Steps{{0, 0}, {2, 0}}));
  EXPECT_EQ(plan->of_cpu[1], (Steps{{2, 4}, {1, 0}}));
  EXPECT_EQ(plan->measured(), 4U);
  EXPECT_EQ(make_one_cpu_plan(sequence)->of_cpu[0], (Steps{{0, 0}, {2, 4}, {1, 0}, {2, 0}}));
}

TEST(CpuReplay, what_cannot_be_timed_is_an_error) {
  const auto error_of = [](std::vector<Operation> operations) {
    Sequence sequence;
    sequence.operations = std::move(operations);
    return make_one_cpu_plan(sequence).error();
  };
  EXPECT_EQ(error_of({alloc(1), free(0), free(0)}), "op 3: misuse cannot be timed");
  EXPECT_EQ(error_of({alloc(1)}), "there is no free, so nothing to measure");
  EXPECT_EQ(error_of({{.kind = OperationKind::exhaust, .count = FrameCount{1}}}),
            "op 1: only allocations and frees of whole blocks can be timed");
}

template <class Design>
void expect_sound(const CpuPlan& plan, const char* design) {
  HostMemory memory;
  const CpuPass pass = replay_on_cpus<Design>(memory, plan);
  EXPECT_EQ(pass.broken, "") << design;
  EXPECT_EQ(pass.failed, 0U) << design;
  EXPECT_GT(pass.nanoseconds, 0) << design;
}

TEST(CpuReplay, every_design_is_sound_behind_what_three_threads_did) {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    const Recorded made = recorded(seed, 20'000);
    const auto plan = make_cpu_plan(made.sequence, made.cpus);
    ASSERT_TRUE(plan) << plan.error();
    EXPECT_EQ(plan->of_cpu.size(), 3U);
#define ASSAY_EXPECT_SOUND(design, type) expect_sound<type>(*plan, #design);
    ASSAY_DESIGNS(ASSAY_EXPECT_SOUND)
#undef ASSAY_EXPECT_SOUND
  }
}

/// Loses count of every free.
class Forgetful : public Bitmap<> {
 public:
  FreeResult free(Pfn) { return FrameCount{1}; }
};

TEST(CpuReplay, a_design_that_comes_to_another_state_is_found_out) {
  Sequence sequence;
  sequence.arena.frames = FrameCount{64};
  sequence.operations = {alloc(1), alloc(2), free(0)};
  HostMemory memory;
  EXPECT_EQ(replay_on_cpus<Forgetful>(memory, *make_one_cpu_plan(sequence)).broken,
            "other frames are in use than those of live blocks");
  EXPECT_EQ(replay_on_cpus<Bitmap<>>(memory, *make_one_cpu_plan(sequence)).broken, "");
}

TEST(CpuReplay, requests_that_fail_are_counted_and_their_frees_left_out) {
  Sequence sequence;
  sequence.arena.frames = FrameCount{4};
  sequence.operations = {alloc(4), alloc(1), free(1), free(0), alloc(4)};
  HostMemory memory;
  const CpuPass pass = replay_on_cpus<Bitmap<>>(memory, *make_one_cpu_plan(sequence));
  EXPECT_EQ(pass.failed, 1U);
  EXPECT_EQ(pass.broken, "");
}

}  // namespace
}  // namespace assay
