// bitmap's policy: next fit for single frames, lowest fit for runs, the same at every word width.
#include "impls/bitmap/bitmap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "impls/test_arena.h"
#include "impls/test_every_design.h"
#include "impls/test_steps.h"

namespace assay {
namespace {

template <class WidthConstant>
class BitmapWidthTest : public testing::Test {
 protected:
  using Arena = TestArena<Bitmap<WidthConstant::value>>;
};

template <unsigned kBits>
using Width = std::integral_constant<unsigned, kBits>;
using Widths = testing::Types<Width<2>, Width<4>, Width<8>, Width<32>, Width<64>>;
TYPED_TEST_SUITE(BitmapWidthTest, Widths);

TYPED_TEST(BitmapWidthTest, single_frames_go_on_behind_the_last_one) {
  typename TestFixture::Arena arena(1, 6);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.alloc(1), 2U);
  EXPECT_EQ(arena.free(1), 1U);
  EXPECT_EQ(arena.alloc(1), 3U) << "the cursor does not go back to frame 1";
}

TYPED_TEST(BitmapWidthTest, the_cursor_wraps_and_finds_the_one_free_frame) {
  typename TestFixture::Arena arena(1, 6);
  for (std::uint32_t i = 1; i <= 6; ++i) EXPECT_EQ(arena.alloc(1), i);
  EXPECT_EQ(arena.alloc(1), kNone);
  EXPECT_EQ(arena.free(4), 1U);
  EXPECT_EQ(arena.alloc(1), 4U);
  EXPECT_EQ(arena.free(2), 1U);
  EXPECT_EQ(arena.alloc(1), 2U) << "behind the cursor nothing is free: it wraps";
}

TYPED_TEST(BitmapWidthTest, the_cursor_goes_on_to_a_later_word_before_it_wraps) {
  typename TestFixture::Arena arena(0, 192);
  for (std::uint32_t i = 0; i < 192; ++i) EXPECT_EQ(arena.alloc(1), i);
  EXPECT_EQ(arena.free(70), 1U);
  EXPECT_EQ(arena.alloc(1), 70U) << "and the cursor stands behind it";
  for (const std::uint32_t first : {5U, 150U, 190U}) EXPECT_EQ(arena.free(first), 1U);
  for (const std::uint32_t first : {150U, 190U, 5U}) EXPECT_EQ(arena.alloc(1), first);
}

TYPED_TEST(BitmapWidthTest, after_a_refresh_runs_are_known_as_they_are) {
  typename TestFixture::Arena arena(0, 100);
  EXPECT_EQ(arena.alloc(1), 0U);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.free(0), 1U);
  arena.design.refresh();
  EXPECT_EQ(arena.design.next_run(0, 1), 0U);
  EXPECT_EQ(arena.design.next_run(0, 2), 2U);
  EXPECT_EQ(arena.design.next_run(0, 99), kNotFound);
}

TYPED_TEST(BitmapWidthTest, a_frame_that_was_just_freed_is_not_the_next_one) {
  typename TestFixture::Arena arena(1, 6);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.free(1), 1U);
  EXPECT_EQ(arena.alloc(1), 2U);
}

TYPED_TEST(BitmapWidthTest, does_what_every_design_does) {
  expect_what_every_design_does<Bitmap<TypeParam::value>>();
}

TYPED_TEST(BitmapWidthTest, runs_take_the_lowest_fit_and_leave_the_cursor_alone) {
  typename TestFixture::Arena arena(0, 16);
  EXPECT_EQ(arena.alloc(1), 0U);
  EXPECT_EQ(arena.alloc(3), 1U);
  EXPECT_EQ(arena.alloc(1), 4U) << "the first free frame behind the cursor";
  EXPECT_EQ(arena.free(1), 3U);
  EXPECT_EQ(arena.alloc(2), 1U);
  EXPECT_EQ(arena.alloc(1), 5U);
}

TYPED_TEST(BitmapWidthTest, a_run_leaves_the_rest_of_its_words_to_others) {
  typename TestFixture::Arena arena(0, 300);
  for (const std::uint32_t count : {3U, 7U, 64U, 70U, 5U}) {
    EXPECT_NE(arena.alloc(count), kNone);
    EXPECT_EQ(arena.design.validate(), nullptr) << "after " << count << " frames";
  }
  EXPECT_EQ(arena.free(10), 64U);
  EXPECT_EQ(arena.alloc(2), 10U);
  EXPECT_EQ(arena.alloc(61), 12U);
  EXPECT_EQ(arena.design.validate(), nullptr) << "one frame is left between two runs";
  EXPECT_EQ(arena.alloc(1), 73U);
  EXPECT_EQ(arena.alloc(1), 149U) << "the first free frame behind all runs";
}

TYPED_TEST(BitmapWidthTest, alignment_means_the_absolute_frame_number) {
  typename TestFixture::Arena arena(3, 16);
  EXPECT_EQ(arena.alloc(2, 8), 8U);
  EXPECT_EQ(arena.alloc(1, 8), 16U);
  EXPECT_EQ(arena.alloc(1, 8), kNone);
  EXPECT_EQ(arena.alloc(1, 1U << 31), kNone);
}

TYPED_TEST(BitmapWidthTest, a_run_fits_exactly_between_holes) {
  typename TestFixture::Arena arena(
      0, 20, {{Pfn{1}, FrameCount{3}}, {Pfn{5}, FrameCount{9}}, {Pfn{16}, FrameCount{4}}});
  EXPECT_EQ(arena.alloc(9), 5U);
  EXPECT_EQ(arena.alloc(4), 16U);
  EXPECT_EQ(arena.alloc(3), 1U);
  EXPECT_EQ(arena.design.free_frames(), FrameCount{0});
}

TYPED_TEST(BitmapWidthTest, neighbouring_blocks_keep_their_borders) {
  typename TestFixture::Arena arena(0, 16);
  EXPECT_EQ(arena.alloc(5), 0U);
  EXPECT_EQ(arena.alloc(4), 5U);
  EXPECT_EQ(arena.free(7), 0U) << "inside a block";
  EXPECT_EQ(arena.design.block_at(Pfn{7}), run_of(5, 4));
  EXPECT_EQ(arena.free(5), 4U);
  EXPECT_EQ(arena.free(0), 5U);
}

/// The steps of the slowest of some calls that a scan would make expensive.
std::uint64_t most_steps(std::uint32_t frames) {
  TestArena<Bitmap<>> arena(0, frames);
  std::uint64_t most = 0;
  const auto take = [&](std::uint32_t count) {
    std::uint32_t first = kNone;
    most = std::max(most, steps_of([&] { first = arena.alloc(count); }));
    return first;
  };
  for (std::uint32_t i = 0; i < frames; ++i) EXPECT_EQ(take(1), i);
  EXPECT_EQ(take(1), kNone) << "nothing is free";
  EXPECT_EQ(arena.free(frames - 1), 1U);
  EXPECT_EQ(take(1), frames - 1) << "the cursor is at 0, far away";
  for (std::uint32_t i = 0; i < frames; i += 2) EXPECT_EQ(arena.free(i), 1U);
  EXPECT_EQ(arena.alloc(2), kNone) << "brings up to date what the frees have changed";
  EXPECT_EQ(take(2), kNone) << "a checkerboard";
  EXPECT_EQ(arena.free(frames - 1), 1U);
  EXPECT_EQ(take(2), frames - 2);
  return most;
}

TEST(BitmapTest, neither_a_full_arena_nor_a_failing_request_is_a_scan) {
  if (!kStepsAreCounted) GTEST_SKIP() << "only the fuzz build counts steps";
  const std::uint64_t in_few_frames = most_steps(1U << 9);
  EXPECT_GT(in_few_frames, 10U);
  EXPECT_LT(in_few_frames, 250U);
  EXPECT_LT(most_steps(1U << 17), 3 * in_few_frames + 50) << "three levels more";
}

/// Fan-out is how the summary is built, not what it says.
TEST(BitmapTest, places_the_same_at_every_fan_out) {
  TestArena<Bitmap<8, 2>> two(0, 300);
  TestArena<Bitmap<8, 4>> four(0, 300);
  std::uint32_t random = 1;
  for (int i = 0; i < 2000; ++i) {
    random = random * 1'664'525U + 1'013'904'223U;
    const std::uint32_t place = random >> 8;
    if (random >> 31 == 0) {
      EXPECT_EQ(two.alloc(1 + place % 20), four.alloc(1 + place % 20));
    } else {
      EXPECT_EQ(two.design.free(Pfn{place % 300}), four.design.free(Pfn{place % 300}));
    }
  }
  EXPECT_EQ(two.design.free_frames(), four.design.free_frames());
  EXPECT_EQ(four.design.validate(), nullptr);
}

TEST(BitmapTest, takes_at_most_a_third_of_a_byte_per_frame) {
  const auto bytes = [](std::uint32_t frames) {
    return Bitmap<64>::metadata_bytes({Pfn{0}, FrameCount{frames}, {}});
  };
  EXPECT_EQ(bytes(64), 16U + 8 + 16) << "a word of each plane, one summary word, one node";
  EXPECT_LT(bytes(1U << 18), (1U << 18) * 0.3);
  EXPECT_LT(bytes(1U << 28), (1U << 28) * 0.3);
}

}  // namespace
}  // namespace assay
