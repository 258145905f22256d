// bitmap's policy: next fit for single frames, lowest fit for runs, the same at every word width.
#include "impls/bitmap/bitmap.h"

#include <gtest/gtest.h>

#include "impls/test_arena.h"
#include "impls/test_every_design.h"

namespace assay {
namespace {

template <class WidthConstant>
class BitmapTest : public testing::Test {
 protected:
  using Arena = TestArena<Bitmap<WidthConstant::value>>;
};

using Widths =
    testing::Types<std::integral_constant<unsigned, 2>, std::integral_constant<unsigned, 4>,
                   std::integral_constant<unsigned, 8>, std::integral_constant<unsigned, 32>,
                   std::integral_constant<unsigned, 64>>;
TYPED_TEST_SUITE(BitmapTest, Widths);

TYPED_TEST(BitmapTest, single_frames_go_on_behind_the_last_one) {
  typename TestFixture::Arena arena(1, 6);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.alloc(1), 2U);
  EXPECT_EQ(arena.free(1), 1U);
  EXPECT_EQ(arena.alloc(1), 3U) << "the cursor does not go back to frame 1";
}

TYPED_TEST(BitmapTest, the_cursor_wraps_and_finds_the_one_free_frame) {
  typename TestFixture::Arena arena(1, 6);
  for (std::uint32_t i = 1; i <= 6; ++i) EXPECT_EQ(arena.alloc(1), i);
  EXPECT_EQ(arena.alloc(1), kNone);
  EXPECT_EQ(arena.free(4), 1U);
  EXPECT_EQ(arena.alloc(1), 4U);
  EXPECT_EQ(arena.free(2), 1U);
  EXPECT_EQ(arena.alloc(1), 2U) << "behind the cursor nothing is free: it wraps";
}

TYPED_TEST(BitmapTest, a_frame_that_was_just_freed_is_not_the_next_one) {
  typename TestFixture::Arena arena(1, 6);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.free(1), 1U);
  EXPECT_EQ(arena.alloc(1), 2U);
}

TYPED_TEST(BitmapTest, does_what_every_design_does) {
  expect_what_every_design_does<Bitmap<TypeParam::value>>();
}

TYPED_TEST(BitmapTest, runs_take_the_lowest_fit_and_leave_the_cursor_alone) {
  typename TestFixture::Arena arena(0, 16);
  EXPECT_EQ(arena.alloc(1), 0U);
  EXPECT_EQ(arena.alloc(3), 1U);
  EXPECT_EQ(arena.alloc(1), 4U) << "the first free frame behind the cursor";
  EXPECT_EQ(arena.free(1), 3U);
  EXPECT_EQ(arena.alloc(2), 1U);
  EXPECT_EQ(arena.alloc(1), 5U);
}

TYPED_TEST(BitmapTest, alignment_means_the_absolute_frame_number) {
  typename TestFixture::Arena arena(3, 16);
  EXPECT_EQ(arena.alloc(2, 8), 8U);
  EXPECT_EQ(arena.alloc(1, 8), 16U);
  EXPECT_EQ(arena.alloc(1, 8), kNone);
  EXPECT_EQ(arena.alloc(1, 1U << 31), kNone);
}

TYPED_TEST(BitmapTest, a_run_fits_exactly_between_holes) {
  typename TestFixture::Arena arena(
      0, 20, {{Pfn{1}, FrameCount{3}}, {Pfn{5}, FrameCount{9}}, {Pfn{16}, FrameCount{4}}});
  EXPECT_EQ(arena.alloc(9), 5U);
  EXPECT_EQ(arena.alloc(4), 16U);
  EXPECT_EQ(arena.alloc(3), 1U);
  EXPECT_EQ(arena.design.free_frames(), FrameCount{0});
}

TYPED_TEST(BitmapTest, neighbouring_blocks_keep_their_borders) {
  typename TestFixture::Arena arena(0, 16);
  EXPECT_EQ(arena.alloc(5), 0U);
  EXPECT_EQ(arena.alloc(4), 5U);
  EXPECT_EQ(arena.free(7), 0U) << "inside a block";
  EXPECT_EQ(arena.design.block_at(Pfn{7}), run_of(5, 4));
  EXPECT_EQ(arena.free(5), 4U);
  EXPECT_EQ(arena.free(0), 5U);
}

}  // namespace
}  // namespace assay
