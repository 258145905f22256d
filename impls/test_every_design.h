/// For tests: what every design does, whatever its policy. The test beside each design calls it,
/// since that is the one which its mutants are shown.
#pragma once

#include <gtest/gtest.h>

#include "impls/test_arena.h"

namespace assay {

template <FrameAllocator Design>
void expect_unaligned_unless_asked() {
  TestArena<Design> arena(1, 6);
  EXPECT_EQ(arena.design.allocate(FrameCount{1}), Pfn{1});
}

template <FrameAllocator Design>
void expect_fresh_start_over_what_is_there() {
  TestArena<Design> arena(1, 6);
  EXPECT_NE(arena.alloc(2), kNone);
  EXPECT_NE(arena.alloc(1), kNone);
  arena.init();
  EXPECT_EQ(arena.design.validate(), nullptr);
  EXPECT_EQ(arena.design.managed_frames(), FrameCount{6});
  EXPECT_EQ(arena.alloc(1), 1U);
}

template <FrameAllocator Design>
void expect_nothing_behind_the_arena() {
  TestArena<Design> arena(0, 256);  // its metadata fill whole words and end at a wall
  EXPECT_EQ(arena.design.block_at(Pfn{256}), std::nullopt);
  EXPECT_EQ(arena.design.free(Pfn{256}).error(), Misuse::outside_arena);
}

template <FrameAllocator Design>
void expect_what_every_design_does() {
  expect_unaligned_unless_asked<Design>();
  expect_fresh_start_over_what_is_there<Design>();
  expect_nothing_behind_the_arena<Design>();
}

}  // namespace assay
