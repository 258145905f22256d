// A swarm can be repeated from its seed, sees every outcome, and catches the canary.
#include "fuzz/swarm.h"

#include <gtest/gtest.h>

#include <chrono>

#include "oracle/host/isolated.h"

namespace assay {
namespace {

std::function<bool()> times(int count) {
  return [count]() mutable { return count-- > 0; };
}

TEST(SwarmTest, a_sequence_comes_from_its_seed_alone) {
  EXPECT_EQ(swarm_sequence(7, 256), swarm_sequence(7, 256));
  EXPECT_NE(swarm_sequence(7, 256), swarm_sequence(8, 256));
}

TEST(SwarmTest, sequences_grow_with_the_arena) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const Sequence sequence = swarm_sequence(seed, 4096);
    EXPECT_GE(sequence.operations.size(), sequence.arena.frames.value() * 4);
    EXPECT_LE(sequence.arena.frames.value(), 4096U);
    EXPECT_EQ(sequence.arena.problem(), nullptr);
  }
}

TEST(SwarmTest, the_designs_pass_and_nothing_goes_untested) {
  for (const DesignEntry& design : all_designs()) {
    if (design.in_zoo()) continue;
    Totals totals;
    std::uint64_t seed = 1;
    const Verdict verdict = run_swarm(design, 256, seed, totals, times(300));
    EXPECT_TRUE(verdict.passed()) << design.name << ", seed " << seed << ": "
                                  << verdict.text.c_str();
    EXPECT_GT(totals.allocated, totals.operations / 4);
    EXPECT_GT(totals.freed, totals.operations / 4);
    for (const std::uint64_t outcome : {totals.none, totals.refused, totals.grown}) {
      EXPECT_GT(outcome, 50U);
    }
  }
}

TEST(SwarmTest, the_canary_is_caught_and_its_seed_catches_it_again) {
  const DesignEntry& canary = *find_design("canary");
  Totals totals;
  std::uint64_t seed = 1;
  const Verdict verdict = run_swarm(canary, 64, seed, totals, times(1000));
  ASSERT_EQ(verdict.clause, Clause::misuse) << verdict.text.c_str();
  std::uint64_t again = seed;
  EXPECT_STREQ(run_swarm(canary, 64, again, totals, times(1)).text.c_str(), verdict.text.c_str());
  EXPECT_EQ(again, seed);
}

/// In a process of its own, since AddressSanitizer ends it.
TEST(SwarmTest, what_only_whole_frames_show_is_caught_within_10_s) {
  const DesignEntry& member = *find_design("note_in_middle");
  const auto hunt = [&] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    Totals totals;
    std::uint64_t seed = 1;
    return run_swarm(member, 256, seed, totals,
                     [&] { return std::chrono::steady_clock::now() < end; });
  };
  const Judgement judgement = judge_isolated(member.name, hunt, 20);
  EXPECT_TRUE(judgement.key.starts_with("note_in_middle-C9-")) << judgement.text;
}

}  // namespace
}  // namespace assay
