// coremap's own policy: the lowest fit, and one extent again after neighbours are freed.
#include "impls/coremap/coremap.h"

#include <gtest/gtest.h>

#include "impls/test_arena.h"
#include "impls/test_every_design.h"

namespace assay {
namespace {

using Arena = TestArena<Coremap>;

TEST(CoremapTest, takes_the_lowest_fit) {
  Arena arena(1, 10);
  EXPECT_EQ(arena.alloc(2), 1U);
  EXPECT_EQ(arena.alloc(1), 3U);
  EXPECT_EQ(arena.alloc(3), 4U);
  EXPECT_EQ(arena.free(1), 2U);
  EXPECT_EQ(arena.alloc(3), 7U) << "frames 1..2 are too few";
  EXPECT_EQ(arena.alloc(1), 1U) << "but serve a single frame";
}

TEST(CoremapTest, does_what_every_design_does) { expect_what_every_design_does<Coremap>(); }

/// Frees three neighbours in every order; the free extent must be whole again each time.
TEST(CoremapTest, freed_neighbours_merge_on_both_sides) {
  for (const std::array<std::uint32_t, 3> order : {std::array{0U, 2U, 4U},
                                                   {0U, 4U, 2U},
                                                   {2U, 0U, 4U},
                                                   {2U, 4U, 0U},
                                                   {4U, 0U, 2U},
                                                   {4U, 2U, 0U}}) {
    Arena arena(0, 6);
    for (int i = 0; i < 3; ++i) ASSERT_NE(arena.alloc(2), kNone);
    for (const std::uint32_t pfn : order) EXPECT_EQ(arena.free(pfn), 2U);
    EXPECT_EQ(arena.design.validate(), nullptr);
    EXPECT_EQ(arena.alloc(6), 0U);
  }
}

TEST(CoremapTest, does_not_merge_over_a_hole) {
  Arena arena(0, 9, {{Pfn{0}, FrameCount{4}}, {Pfn{5}, FrameCount{4}}});
  EXPECT_EQ(arena.alloc(5), kNone);
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{4});
  EXPECT_EQ(arena.design.free(Pfn{4}).error(), Misuse::reserved);
}

TEST(CoremapTest, a_grown_hole_joins_its_neighbours) {
  Arena arena(0, 9, {{Pfn{0}, FrameCount{3}}, {Pfn{6}, FrameCount{3}}});
  arena.design.add_usable({Pfn{3}, FrameCount{2}});
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{5});
  arena.design.add_usable({Pfn{5}, FrameCount{1}});
  EXPECT_EQ(arena.design.validate(), nullptr);
  EXPECT_EQ(arena.alloc(9), 0U);
}

TEST(CoremapTest, alignment_leaves_room_on_both_sides) {
  Arena arena(1, 12);
  EXPECT_EQ(arena.alloc(2, 4), 4U);
  EXPECT_EQ(arena.alloc(3), 1U);
  EXPECT_EQ(arena.alloc(7), 6U);
}

}  // namespace
}  // namespace assay
