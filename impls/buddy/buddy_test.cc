// buddy's policy: the smallest block first, split in halves from its front, coalesced at once; the
// same at every word width.
#include "impls/buddy/buddy.h"

#include <gtest/gtest.h>

#include "impls/test_arena.h"
#include "impls/test_every_design.h"
#include "impls/test_steps.h"

namespace assay {
namespace {

template <class WidthConstant>
class BuddyTest : public testing::Test {
 protected:
  using Arena = TestArena<Buddy<WidthConstant::value>>;
};

template <unsigned kBits>
using Width = std::integral_constant<unsigned, kBits>;
using Widths = testing::Types<Width<2>, Width<4>, Width<8>, Width<32>, Width<64>>;
TYPED_TEST_SUITE(BuddyTest, Widths);

TYPED_TEST(BuddyTest, the_smallest_block_that_is_large_enough_comes_first) {
  typename TestFixture::Arena arena(0, 32);
  EXPECT_EQ(arena.alloc(1), 0U) << "leaves 1, 2..3, 4..7, 8..15, 16..31";
  EXPECT_EQ(arena.alloc(4), 4U);
  EXPECT_EQ(arena.alloc(2), 2U);
  EXPECT_EQ(arena.alloc(8), 8U);
  EXPECT_EQ(arena.alloc(2), 16U) << "one frame at 1 is too few";
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.alloc(1), 18U);
}

TYPED_TEST(BuddyTest, of_equal_blocks_the_one_that_was_split_last_is_taken_then_the_lowest) {
  typename TestFixture::Arena arena(0, 32);
  for (std::uint32_t first = 0; first < 32; first += 4) EXPECT_EQ(arena.alloc(4), first);
  EXPECT_EQ(arena.free(24), 4U);
  EXPECT_EQ(arena.free(8), 4U);
  EXPECT_EQ(arena.free(16), 4U);
  EXPECT_EQ(arena.alloc(1), 8U) << "the lowest is split and leaves 9, 10..11";
  EXPECT_EQ(arena.alloc(2), 10U);
  EXPECT_EQ(arena.alloc(2), 16U) << "9 is too small; 16..19 is split and leaves 18..19";
  EXPECT_EQ(arena.free(8), 1U) << "with its buddy it is 8..9";
  EXPECT_EQ(arena.alloc(2, 2), 18U) << "of the block that was split last, though 8..9 is lower";
  EXPECT_EQ(arena.alloc(2), 8U);
}

TYPED_TEST(BuddyTest, what_lies_in_front_of_the_rest_goes_back_to_it) {
  typename TestFixture::Arena arena(0, 16);
  for (std::uint32_t pfn = 0; pfn < 6; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  EXPECT_EQ(arena.free(0), 1U);
  EXPECT_EQ(arena.free(5), 1U) << "leaves 5, 6..7, 8..15";
  EXPECT_EQ(arena.alloc(1), 5U) << "of the rest, though 0 is lower";
  EXPECT_EQ(arena.alloc(1), 0U);
}

TYPED_TEST(BuddyTest, requests_are_rounded_up_to_a_power_of_two) {
  typename TestFixture::Arena arena(0, 16);
  EXPECT_EQ(arena.alloc(5), 0U);
  EXPECT_EQ(arena.design.used_frames(), FrameCount{8});
  EXPECT_EQ(arena.design.block_at(Pfn{7}), run_of(0, 8));
  EXPECT_EQ(arena.alloc(9), kNone);
  EXPECT_EQ(arena.alloc(3), 8U);
  EXPECT_EQ(arena.free(0), 8U);
  EXPECT_EQ(arena.free(8), 4U);
  EXPECT_EQ(arena.alloc(9), 0U);
}

TYPED_TEST(BuddyTest, blocks_are_aligned_to_the_absolute_frame_number) {
  typename TestFixture::Arena arena(3, 20);  // 3, 4..7, 8..15, 16..19, 20..21, 22
  EXPECT_EQ(arena.alloc(4), 4U);
  EXPECT_EQ(arena.alloc(4), 16U);
  EXPECT_EQ(arena.alloc(4), 8U);
  EXPECT_EQ(arena.alloc(1), 3U);
  EXPECT_EQ(arena.alloc(1), 22U);
  EXPECT_EQ(arena.alloc(8), kNone);
  EXPECT_EQ(arena.design.free_frames(), FrameCount{6});
}

/// A free of `first` shows whether the frames up to `first + size` are one block again.
TYPED_TEST(BuddyTest, buddies_coalesce_in_whatever_order_they_are_freed) {
  const std::uint32_t orders_of_frees[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {0, 2, 1, 3},
                                              {1, 3, 0, 2}, {2, 0, 3, 1}, {3, 0, 2, 1}};
  for (const auto& frees : orders_of_frees) {
    typename TestFixture::Arena arena(0, 8);
    for (std::uint32_t pfn = 0; pfn < 4; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
    for (const std::uint32_t pfn : frees) {
      EXPECT_EQ(arena.alloc(8), kNone);
      EXPECT_EQ(arena.free(pfn), 1U);
      EXPECT_STREQ(arena.design.validate(), nullptr);
    }
    EXPECT_EQ(arena.alloc(8), 0U) << "4..7 was left over and is free all the time";
  }
}

TYPED_TEST(BuddyTest, neighbours_that_are_no_buddies_stay_apart_but_count_as_one_run) {
  typename TestFixture::Arena arena(0, 16);
  for (std::uint32_t first = 0; first < 16; first += 4) EXPECT_EQ(arena.alloc(4), first);
  EXPECT_EQ(arena.free(4), 4U);
  EXPECT_EQ(arena.free(8), 4U);
  EXPECT_EQ(arena.alloc(8), kNone) << "4..11 is not a block";
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{8});
  EXPECT_EQ(arena.alloc(4), 4U);
}

TYPED_TEST(BuddyTest, a_larger_alignment_costs_no_frames) {
  typename TestFixture::Arena arena(1, 39);
  EXPECT_EQ(arena.alloc(1, 16), 32U) << "32..39 is smaller than 16..31";
  EXPECT_EQ(arena.design.used_frames(), FrameCount{1});
  EXPECT_EQ(arena.alloc(1, 16), 16U);
  EXPECT_EQ(arena.alloc(1, 16), kNone);
  EXPECT_EQ(arena.alloc(1, 1U << 31), kNone);
  EXPECT_EQ(arena.alloc(2, 8), 8U);
  EXPECT_EQ(arena.alloc(2, 8), 24U);
  EXPECT_EQ(arena.alloc(2, 8), kNone);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_STREQ(arena.design.validate(), nullptr);
}

TYPED_TEST(BuddyTest, a_small_block_may_lie_at_an_aligned_place) {
  typename TestFixture::Arena arena(0, 32);
  for (std::uint32_t pfn = 0; pfn < 32; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  for (const std::uint32_t pfn : {3U, 8U, 13U, 20U, 24U, 31U}) EXPECT_EQ(arena.free(pfn), 1U);
  EXPECT_EQ(arena.alloc(1, 8), 8U);
  EXPECT_EQ(arena.alloc(1, 8), 24U);
  EXPECT_EQ(arena.alloc(1, 8), kNone);
  EXPECT_EQ(arena.alloc(1, 4), 20U);
  EXPECT_EQ(arena.alloc(1, 2), kNone);
  EXPECT_EQ(arena.alloc(1), 3U);
}

TYPED_TEST(BuddyTest, holes_are_no_buddies_and_growth_makes_them_ones) {
  typename TestFixture::Arena arena(0, 16, {run_of(0, 6), run_of(8, 8)});
  EXPECT_EQ(arena.alloc(16), kNone);
  EXPECT_EQ(arena.design.free(Pfn{6}).error(), Misuse::reserved);
  EXPECT_EQ(arena.design.block_at(Pfn{7}), std::nullopt);
  arena.design.add_usable(run_of(6, 2));
  EXPECT_EQ(arena.design.managed_frames(), FrameCount{16});
  EXPECT_EQ(arena.alloc(16), 0U);
}

TYPED_TEST(BuddyTest, growth_in_front_of_the_rest_joins_it) {
  typename TestFixture::Arena arena(0, 16, {run_of(0, 1), run_of(2, 6), run_of(8, 8)});
  EXPECT_EQ(arena.alloc(1), 0U);
  EXPECT_EQ(arena.alloc(8), 8U);
  EXPECT_EQ(arena.free(0), 1U);
  arena.design.add_usable(run_of(1, 1));
  EXPECT_STREQ(arena.design.validate(), nullptr);
  EXPECT_EQ(arena.alloc(8), 0U);
}

TYPED_TEST(BuddyTest, misuse_has_its_name) {
  typename TestFixture::Arena arena(1, 30, {run_of(2, 29)});
  EXPECT_EQ(arena.alloc(8), 8U);
  for (std::uint32_t pfn = 9; pfn < 16; ++pfn) {
    EXPECT_EQ(arena.design.free(Pfn{pfn}).error(), Misuse::inside_block) << pfn;
  }
  EXPECT_EQ(arena.alloc(1), 30U);
  EXPECT_EQ(arena.design.free(Pfn{1}).error(), Misuse::reserved);
  EXPECT_EQ(arena.design.free(Pfn{0}).error(), Misuse::outside_arena);
  EXPECT_EQ(arena.design.free(Pfn{31}).error(), Misuse::outside_arena);
  EXPECT_EQ(arena.alloc(2), 2U);
  EXPECT_EQ(arena.alloc(1), 28U) << "leaves 29";
  for (const std::uint32_t free : {4U, 7U, 16U, 27U, 29U}) {
    EXPECT_EQ(arena.design.free(Pfn{free}).error(), Misuse::already_free) << free;
  }
}

/// The steps of the slowest call where blocks are split all the way down and coalesced all the way
/// up, where every other frame is free, and where nothing that was asked for is.
std::uint64_t most_steps(std::uint32_t frames) {
  TestArena<Buddy<>> arena(0, frames);
  std::uint64_t most = 0;
  const auto take = [&](std::uint32_t count) {
    std::uint32_t first = kNone;
    most = std::max(most, steps_of([&] { first = arena.alloc(count); }));
    return first;
  };
  const auto give = [&](std::uint32_t first) {
    std::uint32_t freed = 0;
    most = std::max(most, steps_of([&] { freed = arena.free(first); }));
    return freed;
  };
  EXPECT_EQ(take(1), 0U) << "splits the whole arena";
  EXPECT_EQ(give(0), 1U) << "coalesces it";
  for (std::uint32_t i = 0; i < frames; ++i) EXPECT_EQ(take(1), i);
  EXPECT_EQ(take(1), kNone) << "nothing is free";
  EXPECT_EQ(give(frames - 1), 1U);
  EXPECT_EQ(take(1), frames - 1) << "the only one, in the last word of its set";
  for (std::uint32_t i = 0; i < frames; i += 2) EXPECT_EQ(give(i), 1U);
  EXPECT_EQ(take(2), kNone) << "a checkerboard";
  for (std::uint32_t i = 1; i < frames; i += 2) EXPECT_EQ(give(i), 1U);
  EXPECT_EQ(take(frames), 0U) << "all is one block again";
  return most;
}

TEST(BuddyStepsTest, no_call_takes_more_than_a_few_steps_per_order) {
  if (!kStepsAreCounted) GTEST_SKIP() << "only the fuzz build counts steps";
  for (const unsigned order : {9U, 14U}) {
    const std::uint64_t most = most_steps(1U << order);
    EXPECT_GT(most, order) << "what splits or coalesces goes through every order";
    EXPECT_LT(most, 10 * (order + 1));
  }
}

TYPED_TEST(BuddyTest, does_what_every_design_does) {
  expect_what_every_design_does<Buddy<TypeParam::value>>();
}

/// Without RAM: frames are never touched.
struct Large {
  Large(std::uint32_t base, std::uint32_t frames)
      : usable{Pfn{base}, FrameCount{frames}},
        map{Pfn{base}, FrameCount{frames}, {&usable, 1}},
        metadata(Buddy<>::metadata_bytes(map), kMetadataAlignment) {
    design.init(map, FrameWindow(), metadata.bytes());
  }

  assay::Run usable;
  MemoryMap map;
  GuardedBytes metadata;
  Buddy<> design;
};

TEST(BuddyTest, one_byte_per_frame_is_never_exceeded) {
  for (std::uint32_t frames = 4096; frames <= 1U << 28; frames = frames * 5 / 4) {
    for (const std::uint32_t base : {0U, 1U, 12'345U}) {
      const MemoryMap map{Pfn{base}, FrameCount{frames}, {}};
      EXPECT_LE(Buddy<64>::metadata_bytes(map), frames) << "base " << base;
      EXPECT_LE(Buddy<32>::metadata_bytes(map), frames) << "base " << base;
    }
  }
}

TEST(BuddyTest, the_largest_order_is_that_of_the_arena) {
  Large large(0, 1U << 22);
  EXPECT_EQ(large.design.allocate(FrameCount{(1U << 21) + 1}), Pfn{0});
  EXPECT_EQ(large.design.free(Pfn{1U << 21}).error(), Misuse::inside_block);
  EXPECT_EQ(large.design.free(Pfn{0}), FrameCount{1U << 22});
  EXPECT_EQ(large.design.allocate(FrameCount{1}, FrameCount{1U << 21}), Pfn{0});
  EXPECT_EQ(large.design.allocate(FrameCount{1}, FrameCount{1U << 21}), Pfn{1U << 21});
  EXPECT_EQ(large.design.largest_free_run(), FrameCount{(1U << 21) - 1});
}

TEST(BuddyTest, the_last_frames_of_all_are_frames_like_others) {
  Large large(0xFFFF'FFFF - 100, 100);  // up to Pfn 2^32 − 2
  std::uint32_t count = 0;
  while (!large.design.allocate(FrameCount{1}).is_none()) ++count;
  EXPECT_EQ(count, 100U);
  EXPECT_EQ(large.design.free(Pfn{0xFFFF'FFFE}), FrameCount{1});
  EXPECT_EQ(large.design.allocate(FrameCount{1}, FrameCount{4}), Pfn::none());
  EXPECT_EQ(large.design.allocate(FrameCount{1}, FrameCount{2}), Pfn{0xFFFF'FFFE});
  EXPECT_EQ(large.design.validate(), nullptr);
}

}  // namespace
}  // namespace assay
