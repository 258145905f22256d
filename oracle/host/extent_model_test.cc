// The two oracles agree over random sequences, and a disagreement ends the process.
#include "oracle/host/extent_model.h"

#include <gtest/gtest.h>

#include "impls/designs.h"
#include "oracle/host/host_trial.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

/// The question is the check: the model ends the process if its two halves answer differently.
template <class Answer>
void ask(const Answer& /*answer*/) {}

/// Every query about every frame and about every small request, so that nothing hides behind what a
/// trial happens to ask.
void compare_everywhere(const PairedModel& model, const Arena& arena) {
  ask(model.managed_frames());
  ask(model.largest_free_run());
  for (std::uint32_t i = 0; i < arena.frames.value() + 2; ++i) {
    const Pfn pfn = arena.base + FrameCount{i} - FrameCount{1};
    ask(model.block_at(pfn));
    ask(model.expected_free(pfn));
    if (!arena.run().contains(pfn)) continue;
    ask(model.next_block(pfn));
    for (std::uint32_t count = 1; count < 6; ++count) {
      ask(model.first_not_free({pfn, FrameCount{count}}));
      ask(model.is_reserved({pfn, FrameCount{count}}));
    }
  }
  for (std::uint32_t count = 1; count <= arena.frames.value(); ++count) {
    for (std::uint32_t alignment = 1; alignment <= 64; alignment *= 2) {
      ask(model.find_fit(FrameCount{count}, FrameCount{alignment}));
    }
  }
}

/// Takes, releases and grows at random; what may be done is asked of the model itself.
void change(PairedModel& model, const Arena& arena, Random& random) {
  const Pfn pfn = arena.base + FrameCount{random.below(arena.frames.value())};
  const auto run = [&](std::uint32_t limit) {
    const std::uint32_t rest = (arena.run().end() - pfn).value();
    return FrameCount{random.between(1, std::min(rest, limit))};
  };
  const Run wanted{pfn, run(8)};
  if (!model.first_not_free(wanted)) {
    model.take(wanted, 0);
  } else if (model.expected_free(pfn)) {
    model.release(pfn);
  } else if (model.is_reserved(wanted) && random.one_in(4)) {
    model.make_usable(wanted);
  }
}

TEST(ExtentModelTest, both_oracles_answer_every_question_alike) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Arena arena = random_arena(random, 40);
    std::vector<std::byte> memory(Model::bytes_for(arena.frames));
    PairedModel model;
    model.init(arena, memory);
    for (int step = 0; step < 60; ++step) {
      change(model, arena, random);
      compare_everywhere(model, arena);
    }
  }
}

TEST(ExtentModelTest, trials_under_both_oracles_pass_and_come_to_the_same) {
  HostMemory memory;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Sequence sequence = random_sequence(seed, seed % 8 == 0 ? 2000 : 80, 100);
    const TrialResult paired = run_paired_trial(AnyDesign::of<Coremap>(), memory, sequence);
    const TrialResult single = run_trial(AnyDesign::of<Coremap>(), memory, sequence);
    ASSERT_TRUE(paired.verdict.passed()) << "seed " << seed << paired.verdict.text.c_str();
    EXPECT_EQ(paired.hash, single.hash) << "seed " << seed;
    EXPECT_EQ(paired.outcomes, single.outcomes) << "seed " << seed;
  }
}

TEST(ExtentModelTest, a_disagreement_ends_the_process) {
  Arena arena;
  arena.frames = FrameCount{8};
  std::vector<std::byte> memory(Model::bytes_for(arena.frames));
  PairedModel model;
  model.init(arena, memory);
  static_cast<Model&>(model).take({Pfn{2}, FrameCount{3}}, 0);  // behind the other one's back
  EXPECT_DEATH(static_cast<void>(model.free_frames()), "disagree about free_frames");
  EXPECT_DEATH(static_cast<void>(model.block_at(Pfn{3})), "disagree about block_at");
  EXPECT_DEATH(static_cast<void>(model.find_fit(FrameCount{8}, FrameCount{1})), "about find_fit");
}

}  // namespace
}  // namespace assay
