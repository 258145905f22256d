// What is counted is what has happened, over every design.
#include "impls/counted/counted.h"

#include <gtest/gtest.h>

#include "impls/designs.h"
#include "impls/test_arena.h"

namespace assay {
namespace {

template <class Design>
class CountedTest : public testing::Test {};

#define ASSAY_TYPE(name, type) , type
template <class First, class... Others>
using TypesBehind = testing::Types<Others...>;
using Designs = TypesBehind<void ASSAY_DESIGNS(ASSAY_TYPE)>;
#undef ASSAY_TYPE
TYPED_TEST_SUITE(CountedTest, Designs);

TYPED_TEST(CountedTest, every_outcome_has_its_count) {
  TestArena<Counted<TypeParam>> arena(1, 8, {run_of(1, 6)});
  const Counts& counts = arena.design.counts();
  EXPECT_EQ(counts, Counts{});
  const std::uint32_t pair = arena.alloc(2);
  const std::uint32_t single = arena.alloc(1);
  EXPECT_EQ(arena.alloc(9), kNone);
  EXPECT_EQ(arena.alloc(0), kNone);
  EXPECT_EQ(arena.free(pair + 1), 0U);
  EXPECT_EQ(arena.free(pair), 2U);
  EXPECT_EQ(arena.free(pair), 0U);
  EXPECT_EQ(arena.free(pair), 0U);
  EXPECT_EQ(arena.free(8), 0U);
  EXPECT_EQ(arena.free(0), 0U);
  EXPECT_EQ(arena.free(9), 0U);
  EXPECT_EQ(arena.free(kNone), 0U);
  EXPECT_EQ(counts.allocated, 2U);
  EXPECT_EQ(counts.failed, 2U);
  EXPECT_EQ(counts.freed, 1U);
  EXPECT_EQ(counts.refused(Misuse::inside_block), 1U);
  EXPECT_EQ(counts.refused(Misuse::already_free), 2U);
  EXPECT_EQ(counts.refused(Misuse::reserved), 1U);
  EXPECT_EQ(counts.refused(Misuse::outside_arena), 3U);
  EXPECT_EQ(counts.most_used, FrameCount{3});
  EXPECT_EQ(arena.free(single), 1U);
  EXPECT_EQ(counts.most_used, FrameCount{3}) << "the peak stays";
  arena.init();
  EXPECT_EQ(counts, Counts{});
}

}  // namespace
}  // namespace assay
