// The oracle against answers worked out by hand.
#include "oracle/model.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

Run frames(std::uint32_t first, std::uint32_t count) { return {Pfn{first}, FrameCount{count}}; }

/// Frames 5..14, of which 8..9 are a hole.
class ModelTest : public testing::Test {
 protected:
  ModelTest() : memory_(Model::bytes_for(FrameCount{10})) {
    Arena arena;
    arena.base = Pfn{5};
    arena.frames = FrameCount{10};
    arena.holes[arena.hole_count++] = frames(8, 2);
    model.init(arena, memory_);
  }

  Model model;

 private:
  std::vector<std::byte> memory_;
};

TEST_F(ModelTest, starts_with_everything_free_but_the_hole) {
  EXPECT_EQ(model.free_frames(), FrameCount{8});
  EXPECT_EQ(model.used_frames(), FrameCount{0});
  EXPECT_EQ(model.largest_free_run(), FrameCount{5});
  EXPECT_TRUE(model.is_reserved(frames(8, 2)));
  EXPECT_FALSE(model.is_reserved(frames(8, 3)));
  EXPECT_FALSE(model.is_reserved(frames(8, 0)));
}

TEST_F(ModelTest, a_run_may_not_leave_the_free_frames) {
  EXPECT_EQ(model.first_not_free(frames(5, 3)), std::nullopt);
  EXPECT_EQ(model.first_not_free(frames(5, 4)), Pfn{8});
  EXPECT_EQ(model.first_not_free(frames(13, 3)), Pfn{15});
  EXPECT_EQ(model.first_not_free(frames(4, 2)), Pfn{4});
  EXPECT_EQ(model.first_not_free(frames(14, 0xFFFF'FFFF)), Pfn{15});
}

TEST_F(ModelTest, finds_a_fit_exactly_where_there_is_one) {
  EXPECT_EQ(model.find_fit(FrameCount{5}, FrameCount{1}), Pfn{10});
  EXPECT_TRUE(model.find_fit(FrameCount{6}, FrameCount{1}).is_none());
  EXPECT_EQ(model.find_fit(FrameCount{3}, FrameCount{4}), Pfn{12});
  EXPECT_TRUE(model.find_fit(FrameCount{4}, FrameCount{4}).is_none());
  model.take(frames(12, 1), 0);
  EXPECT_TRUE(model.find_fit(FrameCount{3}, FrameCount{4}).is_none());
  EXPECT_EQ(model.find_fit(FrameCount{3}, FrameCount{1}), Pfn{5});
}

TEST_F(ModelTest, knows_what_a_free_must_do) {
  model.take(frames(10, 3), 7);
  EXPECT_EQ(model.expected_free(Pfn{10}), FrameCount{3});
  EXPECT_EQ(model.expected_free(Pfn{11}).error(), Misuse::inside_block);
  EXPECT_EQ(model.expected_free(Pfn{13}).error(), Misuse::already_free);
  EXPECT_EQ(model.expected_free(Pfn{8}).error(), Misuse::reserved);
  EXPECT_EQ(model.expected_free(Pfn{4}).error(), Misuse::outside_arena);
  EXPECT_EQ(model.expected_free(Pfn{15}).error(), Misuse::outside_arena);
  EXPECT_EQ(model.expected_free(Pfn::none()).error(), Misuse::outside_arena);
}

TEST_F(ModelTest, keeps_blocks_apart_and_forgets_them) {
  model.take(frames(10, 3), 7);
  model.take(frames(13, 2), 8);
  EXPECT_EQ(model.block_at(Pfn{12}), frames(10, 3));
  EXPECT_EQ(model.owner_of_block(Pfn{13}), 8U);
  EXPECT_EQ(model.owner_of_block(Pfn{14}), Model::kNobody);
  EXPECT_EQ(model.next_block(Pfn{5}), Pfn{10});
  EXPECT_EQ(model.next_block(Pfn{11}), Pfn{13});
  model.release(Pfn{10});
  EXPECT_EQ(model.block_at(Pfn{12}), std::nullopt);
  EXPECT_EQ(model.free_frames(), FrameCount{6});
  EXPECT_EQ(model.used_frames(), FrameCount{2});
}

TEST_F(ModelTest, a_grown_hole_counts) {
  model.make_usable(frames(9, 1));
  EXPECT_EQ(model.free_frames(), FrameCount{9});
  EXPECT_EQ(model.largest_free_run(), FrameCount{6});
}

}  // namespace
}  // namespace assay
