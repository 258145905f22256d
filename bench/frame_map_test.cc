/// Maps made by hand, with measures that can be counted.
#include "bench/frame_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "oracle/operations/random.h"

namespace assay {
namespace {

Arena arena(std::uint32_t base, std::uint32_t frames) {
  return {.base = Pfn{base}, .frames = FrameCount{frames}};
}

Run run(std::uint32_t first, std::uint32_t count) { return {Pfn{first}, FrameCount{count}}; }

TEST(FrameMap, what_is_taken_and_given_back_is_counted_once) {
  Arena with_hole = arena(10, 20);
  with_hole.holes[0] = run(12, 3);
  with_hole.hole_count = 1;
  FrameMap map(with_hole);
  EXPECT_EQ(map.usable(), FrameCount{17});
  EXPECT_EQ(map.used(), FrameCount{0});
  map.take(run(15, 4));
  map.take(run(15, 4));
  EXPECT_EQ(map.used(), FrameCount{4});
  EXPECT_EQ(map.free(), FrameCount{13});
  map.give_back(run(15, 4));
  EXPECT_EQ(map.free(), FrameCount{17});
  map.reserve(run(28, 5));  // three of them lie behind the arena
  EXPECT_EQ(map.usable(), FrameCount{15});
}

TEST(FrameMap, the_largest_free_run_ends_at_blocks_holes_and_the_arena) {
  FrameMap map(arena(3, 32));
  EXPECT_EQ(map.largest_free_run(), FrameCount{32});
  map.take(run(10, 1));
  EXPECT_EQ(map.largest_free_run(), FrameCount{24});
  map.reserve(run(20, 1));
  EXPECT_EQ(map.largest_free_run(), FrameCount{14});
  map.take(run(3, 32));
  EXPECT_EQ(map.largest_free_run(), FrameCount{0});
}

TEST(FrameMap, only_free_blocks_at_multiples_of_their_size_are_usable) {
  FrameMap map(arena(0, 64));
  EXPECT_EQ(map.unusable_free(4), 0.0);
  map.take(run(0, 8));
  // 56 are free; of these 48 in the blocks at 16, 32 and 48.
  EXPECT_DOUBLE_EQ(*map.unusable_free(4), 8.0 / 56);
  map.take(run(31, 2));
  // 54 are free, of these 16 in the block at 48: the 23 from 8 on hold none at a multiple of 16
  // but that at 16, of which frame 31 is gone.
  EXPECT_DOUBLE_EQ(*map.unusable_free(4), 38.0 / 54);
  EXPECT_EQ(map.unusable_free(9), 1.0) << "no block of 512 fits into the arena";
  map.take(run(0, 64));
  EXPECT_EQ(map.unusable_free(4), std::nullopt);
}

TEST(FrameMap, blocks_lie_at_multiples_of_the_frame_number_not_of_the_place_in_the_arena) {
  const FrameMap map(arena(8, 32));
  EXPECT_DOUBLE_EQ(*map.unusable_free(4), 16.0 / 32);  // only 16..31 is aligned
}

TEST(FrameMap, a_huge_frame_is_free_only_as_a_whole_and_none_without_holes) {
  Arena four = arena(0, 4 * 512);
  four.holes[0] = run(2000, 1);
  four.hole_count = 1;
  FrameMap map(four);
  EXPECT_EQ(map.free_huge_share(), 1.0) << "three without holes, all free";
  map.take(run(511, 2));
  EXPECT_DOUBLE_EQ(*map.free_huge_share(), 1.0 / 3);
  const FrameMap small(arena(1, 1022));
  EXPECT_EQ(small.free_huge_share(), std::nullopt) << "no aligned 512 frames lie inside";
  EXPECT_EQ(small.least_moves(), std::nullopt);
}

TEST(FrameMap, the_least_moves_empty_the_emptiest_into_the_fullest) {
  FrameMap map(arena(0, 4 * 512));
  EXPECT_EQ(map.least_moves(), 0U);
  map.take(run(0, 500));
  map.take(run(512, 10));
  map.take(run(1024, 300));
  // 10 go into the first (now 510), two more from the third: 512, 0, 298, 0.
  EXPECT_EQ(map.least_moves(), 12U);
}

TEST(LeastMoves, known_cases) {
  EXPECT_EQ(least_moves({}, 8), 0U);
  EXPECT_EQ(least_moves({5}, 8), 0U) << "one alone may stay as it is";
  EXPECT_EQ(least_moves({0, 8, 8, 0}, 8), 0U);
  EXPECT_EQ(least_moves({4, 4}, 8), 4U);
  EXPECT_EQ(least_moves({4, 4, 4}, 8), 4U);
  EXPECT_EQ(least_moves({1, 7, 1, 7}, 8), 2U);
  EXPECT_EQ(least_moves({6, 6, 6, 6}, 8), 6U) << "three become full out of the fourth";
}

/// The least that any goal costs: every choice of which blocks end full, empty or as the one that
/// holds the rest.
std::uint64_t least_by_trying(const std::vector<std::uint32_t>& levels, std::uint32_t capacity) {
  const std::uint32_t sum = std::accumulate(levels.begin(), levels.end(), 0U);
  std::vector<std::uint32_t> goal(levels.size(), 0);
  for (std::uint32_t left = sum, i = 0; left > 0; ++i) {
    goal[i] = std::min(left, capacity);
    left -= goal[i];
  }
  std::ranges::sort(goal);
  std::uint64_t least = sum;
  do {
    std::uint64_t moves = 0;
    for (std::size_t i = 0; i < goal.size(); ++i) {
      moves += goal[i] > levels[i] ? goal[i] - levels[i] : 0;
    }
    least = std::min(least, moves);
  } while (std::ranges::next_permutation(goal).found);
  return least;
}

TEST(LeastMoves, no_other_goal_takes_fewer) {
  constexpr std::uint32_t kSeed = 4;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int i = 0; i < 500; ++i) {
    std::vector<std::uint32_t> levels(random.between(1, 6));
    for (std::uint32_t& level : levels) level = random.below(9);
    EXPECT_EQ(least_moves(levels, 8), least_by_trying(levels, 8));
  }
}

TEST(FrameMap, the_used_share_is_of_what_is_usable_in_each_part) {
  Arena with_hole = arena(0, 10);
  with_hole.holes[0] = run(0, 3);
  with_hole.hole_count = 1;
  FrameMap map(with_hole);
  map.take(run(3, 2));
  // Parts 0..2 (all reserved), 3..5 (two of three in use), 6..9.
  const auto shares = map.used_shares(3);
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_EQ(shares[0], std::nullopt);
  EXPECT_DOUBLE_EQ(*shares[1], 2.0 / 3);
  EXPECT_EQ(shares[2], 0.0);
}

}  // namespace
}  // namespace assay
