// coremap's own policy: the frame freed last, else the lowest of a shortest extent; a run from the
// shortest extents that surely hold it; one extent again after neighbours are freed.
#include "impls/coremap/coremap.h"

#include <gtest/gtest.h>

#include "impls/test_arena.h"
#include "impls/test_every_design.h"
#include "impls/test_steps.h"

namespace assay {
namespace {

using Arena = TestArena<Coremap>;

/// Blocks of these lengths in a row from frame 0, with a block of one frame behind each; then they
/// are freed in this order. Nothing else is free.
class Extents {
 public:
  explicit Extents(const std::vector<std::uint32_t>& lengths)
      : arena(0, sum(lengths) + static_cast<std::uint32_t>(lengths.size())) {
    for (const std::uint32_t length : lengths) {
      starts.push_back(arena.alloc(length));
      EXPECT_NE(arena.alloc(1), kNone);
    }
    for (const std::uint32_t start : starts) EXPECT_NE(arena.free(start), 0U);
    EXPECT_EQ(arena.design.validate(), nullptr);
  }

  static std::uint32_t sum(const std::vector<std::uint32_t>& lengths) {
    std::uint32_t frames = 0;
    for (const std::uint32_t length : lengths) frames += length;
    return frames;
  }

  Arena arena;
  std::vector<std::uint32_t> starts;
};

TEST(CoremapTest, does_what_every_design_does) { expect_what_every_design_does<Coremap>(); }

TEST(CoremapTest, a_single_frame_is_the_one_freed_last_while_the_stack_has_room) {
  Arena arena(1, 16);  // a stack of two
  for (std::uint32_t pfn = 1; pfn <= 5; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  EXPECT_EQ(arena.free(2), 1U);
  EXPECT_EQ(arena.free(4), 1U);
  EXPECT_EQ(arena.alloc(1), 4U);
  EXPECT_EQ(arena.free(5), 1U);
  EXPECT_EQ(arena.alloc(1), 5U);
  EXPECT_EQ(arena.alloc(1), 2U);
  EXPECT_EQ(arena.alloc(1), 6U) << "then it goes on where it was";
  EXPECT_EQ(arena.design.validate(), nullptr);
}

TEST(CoremapTest, the_stack_holds_an_eighth_and_the_rest_is_loose) {
  Arena arena(0, 23);  // a stack of two
  for (std::uint32_t pfn = 0; pfn < 23; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  for (const std::uint32_t pfn : {1U, 8U, 5U, 4U}) EXPECT_EQ(arena.free(pfn), 1U);
  EXPECT_EQ(arena.design.validate(), nullptr);
  EXPECT_EQ(arena.alloc(1), 8U);
  EXPECT_EQ(arena.alloc(1), 1U);
  EXPECT_EQ(arena.design.free_frames(), FrameCount{2});
  EXPECT_EQ(arena.alloc(1), 4U) << "5 and 4 are one extent after the pass";
  EXPECT_EQ(arena.alloc(1), 5U);
  EXPECT_EQ(arena.alloc(1), kNone);
}

TEST(CoremapTest, one_loose_frame_is_found_when_nothing_else_is_left) {
  Arena arena(0, 8);  // a stack of one
  for (std::uint32_t pfn = 0; pfn < 8; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  EXPECT_EQ(arena.free(3), 1U);
  EXPECT_EQ(arena.free(6), 1U);
  EXPECT_EQ(arena.alloc(1), 3U);
  EXPECT_EQ(arena.alloc(1), 6U);
  EXPECT_EQ(arena.alloc(1), kNone);
}

TEST(CoremapTest, single_frames_are_taken_from_a_shortest_extent_until_it_is_gone) {
  Extents extents({5, 2, 9});
  EXPECT_EQ(extents.arena.alloc(1), 6U);
  EXPECT_EQ(extents.arena.alloc(1), 7U);
  EXPECT_EQ(extents.arena.alloc(1), 0U);
  EXPECT_EQ(extents.arena.design.largest_free_run(), FrameCount{9});
  EXPECT_EQ(extents.arena.design.validate(), nullptr);
}

TEST(CoremapTest, a_run_leaves_longer_extents_alone) {
  Extents extents({9, 4, 3, 4});
  EXPECT_EQ(extents.arena.alloc(4), 19U) << "the exact one that was freed last";
  EXPECT_EQ(extents.arena.alloc(4), 10U);
  EXPECT_EQ(extents.arena.alloc(4), 0U);
  EXPECT_EQ(extents.arena.alloc(4), 4U) << "what was left";
  EXPECT_EQ(extents.arena.alloc(4), kNone);
  EXPECT_EQ(extents.arena.alloc(3), 15U);
}

TEST(CoremapTest, a_request_for_a_run_leaves_the_order_in_the_bins) {
  Arena arena(0, 12);
  for (const std::uint32_t first : {0U, 4U, 8U}) {
    EXPECT_EQ(arena.alloc(3), first);
    EXPECT_EQ(arena.alloc(1), first + 3);
  }
  for (const std::uint32_t first : {8U, 4U, 0U}) EXPECT_EQ(arena.free(first), 3U);
  EXPECT_EQ(arena.alloc(3), 0U) << "the one freed last";
  EXPECT_EQ(arena.alloc(3), 4U);
}

TEST(CoremapTest, loose_frames_are_left_alone_while_an_extent_is_known) {
  Arena arena(0, 16);  // a stack of two
  EXPECT_EQ(arena.alloc(4), 0U);
  for (std::uint32_t pfn = 4; pfn < 16; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  EXPECT_EQ(arena.free(0), 4U);
  for (const std::uint32_t pfn : {6U, 8U, 10U}) EXPECT_EQ(arena.free(pfn), 1U);
  EXPECT_EQ(arena.alloc(1), 8U);
  EXPECT_EQ(arena.alloc(1), 6U);
  EXPECT_EQ(arena.alloc(1), 0U) << "not 10, which no pass has found";
}

TEST(CoremapTest, long_runs_are_found_where_only_their_own_bin_holds_one) {
  for (const std::uint32_t frames : {24'575U, 1U << 19, 1U << 20}) {
    std::vector<CoremapEntry> table(frames);  // without RAM, which the coremap never touches
    const assay::Run all = run_of(0, frames);
    Coremap design;
    const auto bytes = std::as_writable_bytes(std::span(table));
    design.init({.base = Pfn{0}, .frames = FrameCount{frames}, .usable = {&all, 1}}, {}, bytes);
    for (const FrameCount count : {FrameCount{frames - frames / 8}, FrameCount{frames}}) {
      EXPECT_EQ(design.validate(), nullptr);
      EXPECT_EQ(design.allocate(count), Pfn{0}) << count.value() << " of " << frames;
      EXPECT_EQ(design.free(Pfn{0}).value_or(FrameCount{0}), count);
    }
  }
}

TEST(CoremapTest, a_run_prefers_what_surely_fits_to_a_search_in_its_bin) {
  Extents one({23, 24});
  EXPECT_EQ(one.arena.alloc(17), 24U) << "24 is a bin further, where all fit";
  EXPECT_EQ(one.arena.alloc(18), 0U) << "then the bin of 16 to 23 is searched";
  Extents two({18, 22, 17});
  EXPECT_EQ(two.arena.alloc(19), 19U) << "the second in the bin";
  EXPECT_EQ(two.arena.alloc(16), 42U) << "all fit, the first is taken";
}

/// Two extents, the longer one freed last: a short run comes from it where both are in one bin, and
/// from the shorter one where not.
bool share_a_bin(std::uint32_t shorter, std::uint32_t longer) {
  Extents extents({shorter, longer});
  return extents.arena.alloc(2) == extents.starts[1];
}

TEST(CoremapTest, bins_are_exact_below_16_then_two_for_each_power_of_two) {
  for (std::uint32_t length = 2; length < 16; ++length) {
    EXPECT_FALSE(share_a_bin(length, length + 1)) << length;
  }
  for (std::uint32_t power = 16; power <= 256; power *= 2) {
    EXPECT_TRUE(share_a_bin(power, power + power / 2 - 1)) << power;
    EXPECT_FALSE(share_a_bin(power + power / 2 - 1, power + power / 2)) << power;
    EXPECT_TRUE(share_a_bin(power + power / 2, 2 * power - 1)) << power;
    EXPECT_FALSE(share_a_bin(2 * power - 1, 2 * power)) << power;
  }
}

TEST(CoremapTest, an_aligned_run_is_found_wherever_it_fits) {
  Arena arena(1, 12);
  EXPECT_EQ(arena.alloc(2, 4), 4U);
  EXPECT_EQ(arena.alloc(3), 1U);
  EXPECT_EQ(arena.alloc(7), 6U);

  Extents extents({6, 5, 3});  // at 0, 7 and 13
  EXPECT_EQ(extents.arena.alloc(2, 4), 8U) << "5 frames hold it, however they lie";
  EXPECT_EQ(extents.arena.free(8), 2U);
  EXPECT_EQ(extents.arena.alloc(3, 8), 8U) << "10 frames would be enough, 5 lie well";
  EXPECT_EQ(extents.arena.alloc(1, 8), 0U);
  EXPECT_EQ(extents.arena.alloc(1, 8), kNone);
}

/// Frees three neighbours in every order; the free extent must be whole again each time.
TEST(CoremapTest, freed_neighbours_merge_on_both_sides) {
  for (const std::uint32_t length : {1U, 2U}) {
    for (const std::array<std::uint32_t, 3> order : {std::array{0U, 1U, 2U},
                                                     {0U, 2U, 1U},
                                                     {1U, 0U, 2U},
                                                     {1U, 2U, 0U},
                                                     {2U, 0U, 1U},
                                                     {2U, 1U, 0U}}) {
      Arena arena(0, 3 * length);
      for (int i = 0; i < 3; ++i) ASSERT_NE(arena.alloc(length), kNone);
      for (const std::uint32_t place : order) EXPECT_EQ(arena.free(place * length), length);
      EXPECT_EQ(arena.design.largest_free_run(), FrameCount{3 * length});
      EXPECT_EQ(arena.alloc(3 * length), 0U);
      EXPECT_EQ(arena.design.validate(), nullptr);
    }
  }
}

TEST(CoremapTest, the_rest_at_next_free_joins_what_is_freed_beside_it) {
  Arena arena(0, 8);
  EXPECT_EQ(arena.alloc(2), 0U);
  EXPECT_EQ(arena.alloc(1), 2U);
  EXPECT_EQ(arena.free(2), 1U);
  EXPECT_EQ(arena.free(0), 2U);
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{8});
  EXPECT_EQ(arena.design.validate(), nullptr);
  EXPECT_EQ(arena.alloc(8), 0U);
}

TEST(CoremapTest, does_not_merge_over_a_hole) {
  Arena arena(0, 9, {{Pfn{0}, FrameCount{4}}, {Pfn{5}, FrameCount{4}}});
  EXPECT_EQ(arena.alloc(5), kNone);
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{4});
  EXPECT_EQ(arena.design.free(Pfn{4}).error(), Misuse::reserved);
  EXPECT_EQ(arena.design.entry(Pfn{4}).state, FrameState::fixed);
  EXPECT_EQ(arena.design.entry(Pfn{4}).space, kNobody);
}

TEST(CoremapTest, a_grown_hole_joins_its_neighbours) {
  Arena arena(0, 9, {{Pfn{0}, FrameCount{3}}, {Pfn{6}, FrameCount{3}}});
  arena.design.add_usable({Pfn{3}, FrameCount{2}});
  EXPECT_EQ(arena.design.largest_free_run(), FrameCount{5});
  arena.design.add_usable({Pfn{5}, FrameCount{1}});
  EXPECT_EQ(arena.design.validate(), nullptr);
  EXPECT_EQ(arena.alloc(9), 0U);
}

TEST(CoremapTest, each_kind_of_frame_refuses_a_free_by_its_name) {
  Arena arena(0, 24, {{Pfn{0}, FrameCount{21}}});
  EXPECT_EQ(arena.alloc(4), 0U);
  EXPECT_EQ(arena.alloc(4), 4U);
  for (std::uint32_t pfn = 8; pfn < 16; ++pfn) EXPECT_EQ(arena.alloc(1), pfn);
  EXPECT_EQ(arena.free(0), 4U);  // settled
  for (std::uint32_t pfn = 8; pfn < 13; ++pfn) EXPECT_EQ(arena.free(pfn), 1U);
  for (std::uint32_t pfn = 0; pfn < 24; ++pfn) {
    if (pfn == 4 || (pfn >= 13 && pfn < 16)) continue;
    const Misuse misuse = pfn >= 21             ? Misuse::reserved
                          : pfn > 4 && pfn <= 7 ? Misuse::inside_block
                                                : Misuse::already_free;
    EXPECT_EQ(arena.design.free(Pfn{pfn}).error(), misuse) << pfn;
    const bool used = misuse == Misuse::inside_block;
    EXPECT_EQ(arena.design.block_at(Pfn{pfn}).has_value(), used) << pfn;
  }
  for (const assay::Run run : {run_of(0, 4), run_of(8, 1), run_of(12, 1), run_of(16, 5)}) {
    EXPECT_EQ(arena.design.free_run_at(run.first), run);
  }
  for (const std::uint32_t pfn : {4U, 13U, 21U}) {
    EXPECT_EQ(arena.design.free_run_at(Pfn{pfn}), run_of(pfn, 0)) << "in use, or reserved";
  }
  EXPECT_EQ(arena.design.block_at(Pfn{7}), run_of(4, 4));
  EXPECT_EQ(arena.design.block_at(Pfn{13}), run_of(13, 1));
  EXPECT_EQ(arena.design.validate(), nullptr);
}

TEST(CoremapTest, totals_are_what_the_map_says) {
  Arena arena(4, 12, {run_of(6, 3), run_of(12, 2)});
  EXPECT_EQ(arena.alloc(2), 12U);
  const CoremapTotals totals{.ram_size = FrameCount{16},
                             .managed = FrameCount{5},
                             .first_free = Pfn{6},
                             .frames = FrameCount{12},
                             .free = FrameCount{3}};
  EXPECT_EQ(arena.design.totals(), totals);
  Coremap nothing_usable;
  std::vector<CoremapEntry> table(2);
  nothing_usable.init({.base = Pfn{0}, .frames = FrameCount{2}, .usable = {}}, {},
                      std::as_writable_bytes(std::span(table)));
  EXPECT_TRUE(nothing_usable.totals().first_free.is_none());
}

/// The steps of the slowest of some calls that a scan would make expensive.
std::uint64_t most_steps(std::uint32_t frames) {
  Arena arena(0, frames);
  std::uint64_t most = 0;
  const auto take = [&](std::uint32_t count) {
    std::uint32_t first = kNone;
    most = std::max(most, steps_of([&] { first = arena.alloc(count); }));
    return first;
  };
  const auto give = [&](std::uint32_t first) {
    most = std::max(most, steps_of([&] { EXPECT_EQ(arena.free(first), 1U); }));
  };
  for (std::uint32_t i = 0; i < frames; ++i) EXPECT_EQ(take(1), i);
  EXPECT_EQ(take(1), kNone) << "nothing is free";
  for (std::uint32_t i = 0; i < frames; i += 2) give(i);
  EXPECT_EQ(arena.alloc(2), kNone) << "settles what these frees put off";
  EXPECT_EQ(take(2), kNone) << "a checkerboard";
  EXPECT_EQ(take(512), kNone);
  give(1);
  EXPECT_EQ(take(3), 0U) << "one frame is settled, with two neighbours";
  EXPECT_NE(take(1), kNone);
  return most;
}

TEST(CoremapTest, neither_a_full_arena_nor_a_failing_request_is_a_scan) {
  if (!kStepsAreCounted) GTEST_SKIP() << "only the fuzz build counts steps";
  EXPECT_LT(most_steps(1U << 10), 100U);
  EXPECT_LT(most_steps(1U << 14), 100U);
}

TEST(CoremapTest, settling_takes_a_pass_at_most) {
  if (!kStepsAreCounted) GTEST_SKIP() << "only the fuzz build counts steps";
  constexpr std::uint32_t kFrames = 1U << 12;
  Arena arena(0, kFrames);
  for (std::uint32_t i = 0; i < kFrames; ++i) EXPECT_EQ(arena.alloc(1), i);
  for (std::uint32_t i = 0; i < kFrames; i += 2) EXPECT_EQ(arena.free(i), 1U);
  EXPECT_LT(steps_of([&] { EXPECT_EQ(arena.alloc(2), kNone); }), 12 * kFrames);
}

/// The paging side enters owners, states and links; a free of the block must not trust them.
TEST(CoremapTest, what_owners_wrote_into_their_entries_does_not_outlive_the_block) {
  Arena arena(0, 16);
  EXPECT_EQ(arena.alloc(4), 0U);
  EXPECT_EQ(arena.alloc(1), 4U);
  const Coremap& constant = arena.design;
  EXPECT_EQ(constant.entry(Pfn{0}).state, FrameState::fixed);
  EXPECT_EQ(constant.entry(Pfn{0}).length, 4U);
  for (std::uint32_t pfn = 0; pfn <= 4; ++pfn) {
    CoremapEntry& entry = arena.design.entry(Pfn{pfn});
    entry.state = pfn % 2 == 0 ? FrameState::dirty : FrameState::clean;
    entry.space = 7;
    entry.page = 0xF'FFFF;
    entry.previous = entry.next = 3;
  }
  EXPECT_EQ(arena.design.validate(), nullptr);
  EXPECT_EQ(arena.design.free(Pfn{3}).error(), Misuse::inside_block);
  EXPECT_EQ(arena.free(4), 1U);
  EXPECT_EQ(arena.free(0), 4U);
  EXPECT_EQ(arena.alloc(16), 0U);
  EXPECT_EQ(arena.free(0), 16U);
  for (std::uint32_t pfn = 0; pfn < 16; ++pfn) {
    EXPECT_EQ(arena.alloc(1), pfn);
    const CoremapEntry& entry = constant.entry(Pfn{pfn});
    EXPECT_EQ(entry.state, FrameState::fixed);
    EXPECT_EQ(entry.space, 0U) << "the kernel's";
    EXPECT_EQ(entry.page, 0U);
  }
  EXPECT_EQ(arena.design.validate(), nullptr);
}

}  // namespace
}  // namespace assay
