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

}  // namespace
}  // namespace assay
