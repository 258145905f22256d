// An input is always judged alike, and none so deep that it takes longer than libFuzzer waits.
#include "fuzz/target_support.h"

#include <gtest/gtest.h>

#include <array>

namespace assay {
namespace {

TEST(TargetSupportTest, draws_depend_on_the_input_alone) {
  constexpr std::array<std::uint8_t, 3> kInput{1, 2, 3};
  constexpr std::array<std::uint8_t, 3> kOther{1, 2, 4};
  EXPECT_EQ(draws_of(kInput).next(), draws_of(kInput).next());
  EXPECT_NE(draws_of(kInput).next(), draws_of(kOther).next());
}

/// A coremap walks along a block that it is asked for: in a block of 39,139 frames, each frame of
/// which was asked for, an input took more than 10 seconds, which passed for a hang.
TEST(TargetSupportTest, large_arenas_are_not_asked_for_every_frame) {
  Random draws(1);
  std::uint32_t small = 0;
  std::uint32_t large = 0;
  for (int i = 0; i < 10'000; ++i) {
    small += draw_depth(draws, FrameCount{4096}).each_frame ? 1 : 0;
    large += draw_depth(draws, FrameCount{4097}).each_frame ? 1 : 0;
  }
  EXPECT_GT(small, 20U);
  EXPECT_EQ(large, 0U);
}

/// A design whose undefined behavior ends each process after a few inputs has counts all the same.
TEST(TargetSupportTest, counts_are_left_early_and_then_seldom) {
  static int left = 0;
  start_target("test", [] { ++left; });
  leave_now_and_then(1);
  EXPECT_EQ(left, 1);
  for (std::uint64_t executions = 1; executions <= 4096 * 4; ++executions) {
    leave_now_and_then(executions);
  }
  EXPECT_EQ(left, 1 + 13 + 3) << "powers of two up to 4,096, then each 4,096";
}

}  // namespace
}  // namespace assay
