// What the zoo says of its faults is held against every way to reach them: a fault that fits into a
// small arena is found, by its clause, and in no fewer calls than its author claims.
#include <gtest/gtest.h>

#include <string_view>

#include "fuzz/explorer.h"
#include "fuzz/small_arena.h"
#include "oracle/host/registry.h"

namespace assay {
namespace {

constexpr std::uint32_t kHoleFrames = 3;

std::vector<Arena> arenas() {
  std::vector<Arena> all;
  for (std::uint32_t frames = 1; frames <= Fault::kExplorerFrames; ++frames) {
    const std::uint32_t maps = frames <= kHoleFrames ? 1U << frames : 1;
    for (std::uint32_t reserved = 0; reserved < maps; ++reserved) {
      all.push_back(small_arena(Pfn{1}, FrameCount{frames}, reserved));
      if (frames > kHoleFrames) continue;
      all.push_back(small_arena(Pfn{1}, FrameCount{frames}, reserved, RamContent::zero));
    }
  }
  return all;
}

void hunt(const DesignEntry& member) {
  std::optional<Counterexample> shortest;
  for (const Arena& arena : arenas()) {
    std::optional<Counterexample> found = explore(member.design, arena).broken;
    if (!found) continue;
    EXPECT_FALSE(found->verdict.passed()) << member.name << "\n" << to_text(found->sequence);
    const std::size_t operations = found->sequence.operations.size();
    if (!shortest || operations < shortest->sequence.operations.size()) shortest = found;
    // To see that a call does not return takes seconds.
    if (std::string_view(found->verdict.outcome) == "hang") break;
  }
  ASSERT_TRUE(shortest.has_value()) << member.name << " got away";
  EXPECT_EQ(shortest->verdict.clause, member.fault->clause)
      << member.name << ": " << shortest->verdict.text.c_str();
  EXPECT_GE(shortest->sequence.operations.size(), member.fault->calls)
      << member.name << "\n"
      << to_text(shortest->sequence);
}

TEST(ExplorerZooTest, every_small_fault_is_found_and_in_no_fewer_calls_than_it_claims) {
  std::uint32_t hunted = 0;
  for (const DesignEntry& entry : all_designs()) {
    if (!entry.in_zoo() || entry.fault->must_be_caught_by() != Hunter::explorer) continue;
    hunt(entry);
    ++hunted;
  }
  EXPECT_GT(hunted, 40U);
}

}  // namespace
}  // namespace assay
