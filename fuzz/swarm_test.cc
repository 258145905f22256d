// A swarm can be repeated from its seed, sees every outcome, and catches the canary.
#include "fuzz/swarm.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

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

std::uint64_t hash_of(const Sequence& sequence) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;
  for (const std::uint8_t byte : to_bytes(sequence)) hash = (hash ^ byte) * 0x0000'0100'0000'01B3U;
  return hash;
}

/// A seed in an old report, or in a kernel's log, must still mean the same.
TEST(SwarmTest, a_seed_means_what_it_always_meant) {
  struct Known {
    std::uint64_t seed;
    std::uint32_t frames;
    std::uint64_t hash;
  };
  for (const auto& [seed, frames, hash] : {Known{1, 64, 0xC5E5'A5F0'E153'91E3},
                                           {7, 256, 0x9389'831D'1365'B882},
                                           {8, 4096, 0xE1F9'AE0E'25C9'309E},
                                           {123'456'789'012'345, 1000, 0x7BE3'803F'289D'B18F},
                                           {16, 1, 0x1720'5B9F'7415'0B18},
                                           {3, 65536, 0x3669'C1CA'FF64'45DA}}) {
    EXPECT_EQ(hash_of(swarm_sequence(seed, frames)), hash) << seed;
  }
  const Contract narrow{.foreign = true,
                        .base_multiple = FrameCount{1024},
                        .takes_frame_zero = false,
                        .takes_holes = false};
  for (const auto& [seed, frames, hash] : {Known{2, 300, 0xD0FE'8613'E109'CA31},
                                           {5, 300, 0x5D41'3943'69C0'7077},
                                           {11, 300, 0x99E1'CE3C'63CB'14F4}}) {
    EXPECT_EQ(hash_of(swarm_sequence(seed, frames, narrow)), hash) << seed;
  }
}

/// The kernel has no list of the operations, only the survey.
TEST(SwarmTest, a_survey_needs_no_list) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const Survey streamed = survey_swarm(SwarmSequence(seed, 1000));
    const Survey listed = survey(swarm_sequence(seed, 1000));
    EXPECT_EQ(streamed.arena.frames, listed.arena.frames) << seed;
    EXPECT_EQ(streamed.operations, listed.operations) << seed;
    EXPECT_EQ(streamed.names, listed.names) << seed;
    EXPECT_EQ(streamed.elements, listed.elements) << seed;
  }
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

TEST(SwarmTest, a_sum_is_of_whole_sequences_and_tells_designs_apart) {
  std::set<std::uint64_t> hashes;
  for (const char* name : {"bitmap", "coremap", "tag_bitmap"}) {
    Verdict verdict;
    const SwarmSum sum = sum_swarm(*find_design(name), 64, 1, 5000, verdict);
    EXPECT_TRUE(verdict.passed());
    EXPECT_GE(sum.operations, 5000U);
    EXPECT_LT(sum.operations, 5000U + 1024);
    hashes.insert(sum.hash);
  }
  EXPECT_EQ(hashes.size(), 3U);
}

TEST(SwarmTest, a_sum_ends_with_the_sequence_that_breaks_a_clause) {
  Verdict verdict;
  const SwarmSum sum = sum_swarm(*find_design("canary"), 64, 1, 1'000'000, verdict);
  EXPECT_EQ(verdict.clause, Clause::misuse);
  EXPECT_LT(sum.operations, 1'000'000U);
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
