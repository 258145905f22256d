// A design that can page is still that design: judged as the plain one, with equal placements.
#include <gtest/gtest.h>

#include "fuzz/explorer.h"
#include "fuzz/small_arena.h"
#include "fuzz/swarm.h"
#include "impls/paged/paged_designs.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

struct Pair {
  const char* name;
  AnyDesign plain;
  AnyDesign paged;
};

template <FrameAllocator Design>
Pair pair_of(const char* name) {
  return {name, AnyDesign::of<Design>(), AnyDesign::of<Paged<Design>>()};
}

std::vector<Pair> pairs() {
  return {
#define ASSAY_ENTRY(name, type) pair_of<type>(#name),
      ASSAY_DESIGNS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
  };
}

TEST(PagedDesignsTest, placements_and_results_are_the_plain_designs) {
  HostMemory memory;
  for (const Pair& pair : pairs()) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      const Sequence sequence = random_sequence(seed, 300, 300);
      const TrialResult paged = run_trial(pair.paged, memory, sequence);
      ASSERT_TRUE(paged.verdict.passed()) << pair.name << ": " << paged.verdict.text.c_str();
      ASSERT_EQ(paged.hash, run_trial(pair.plain, memory, sequence).hash) << pair.name << seed;
    }
  }
}

TEST(PagedDesignsTest, swarm_is_silent) {
  for (const Pair& pair : pairs()) {
    Totals totals;
    std::uint64_t seed = 1;
    int left = 100;
    const Verdict verdict = run_swarm({.name = pair.name, .design = pair.paged}, 256, seed, totals,
                                      [&] { return left-- > 0; });
    EXPECT_TRUE(verdict.passed()) << pair.name << ", " << seed << ": " << verdict.text.c_str();
    EXPECT_GT(totals.grown, 50U);
  }
}

/// The entries follow from who holds what, so that there are no more states than without them.
TEST(PagedDesignsTest, the_explorer_finds_as_many_states_as_without_pages) {
  for (const Pair& pair : pairs()) {
    for (const std::uint32_t reserved : {0U, 0b01001U}) {
      const Arena arena = small_arena(Pfn{1}, FrameCount{5}, reserved);
      const Exploration paged = explore(pair.paged, arena);
      EXPECT_TRUE(paged.closed()) << pair.name;

      EXPECT_EQ(paged.states, explore(pair.plain, arena).states) << pair.name;
    }
  }
}

}  // namespace
}  // namespace assay
