// The way from the first stolen frame to a coremap in use, under the trial: random arenas, holes
// that are added later, and every state of small ones.
#include "oracle/host/booted_coremap.h"

#include <gtest/gtest.h>

#include "fuzz/explorer.h"
#include "fuzz/swarm.h"
#include "oracle/host/host_trial.h"

namespace assay {
namespace {

TEST(BootedCoremapTest, random_sequences_pass_on_the_way_that_a_kernel_comes_up) {
  HostMemory memory;
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Sequence sequence = swarm_sequence(seed, 256);
    const TrialResult result = run_trial(AnyDesign::of<BootedCoremap>(), memory, sequence);
    ASSERT_TRUE(result.verdict.passed()) << "seed " << seed << ": " << result.verdict.text.c_str();
    totals.add(result.outcomes);
  }
  EXPECT_GT(totals.allocated, totals.operations / 4);
  EXPECT_GT(totals.freed, totals.operations / 4);
  EXPECT_GT(totals.grown, 50U);
  EXPECT_GT(totals.refused, 50U);
}

TEST(BootedCoremapTest, it_is_known_by_name_but_is_no_contestant) {
  EXPECT_NE(find_design("booted_coremap"), nullptr);
  for (const DesignEntry& entry : all_designs()) EXPECT_STRNE(entry.name, "booted_coremap");
}

TEST(BootedCoremapTest, every_state_of_a_small_arena_passes) {
  for (const std::uint32_t base : {0U, 1U, 16U}) {
    Arena arena{.base = Pfn{base}, .frames = FrameCount{4}};
    arena.holes[0] = {Pfn{base + 1}, FrameCount{2}};
    arena.hole_count = 1;
    const Exploration exploration = explore(AnyDesign::of<BootedCoremap>(), arena);
    EXPECT_TRUE(exploration.closed());
    EXPECT_GT(exploration.states, 50U);
  }
}

}  // namespace
}  // namespace assay
