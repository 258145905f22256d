// What the zoo says of its faults is held against every way to reach them: a fault that fits into a
// small arena is found, by its clause, and in no fewer calls than its author claims.
#include <gtest/gtest.h>

#include <string_view>

#include "fuzz/explorer.h"
#include "oracle/zoo/zoo.h"

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

template <class Member>
void hunt(const char* name) {
  if (Member::kFault.must_be_caught_by() != Hunter::explorer) return;
  std::optional<Counterexample> shortest;
  for (const Arena& arena : arenas()) {
    std::optional<Counterexample> found = Explorer<Member>(arena).run().broken;
    if (!found) continue;
    EXPECT_FALSE(found->verdict.passed()) << name << "\n" << to_text(found->sequence);
    const std::size_t operations = found->sequence.operations.size();
    if (!shortest || operations < shortest->sequence.operations.size()) shortest = found;
    // To see that a call does not return takes seconds.
    if (std::string_view(found->verdict.outcome) == "hang") break;
  }
  ASSERT_TRUE(shortest.has_value()) << name << " got away";
  EXPECT_EQ(shortest->verdict.clause, Member::kFault.clause)
      << name << ": " << shortest->verdict.text.c_str();
  EXPECT_GE(shortest->sequence.operations.size(), Member::kFault.calls)
      << name << "\n"
      << to_text(shortest->sequence);
}

TEST(ExplorerZooTest, every_small_fault_is_found_and_in_no_fewer_calls_than_it_claims) {
#define ASSAY_HUNT(name, type) hunt<type>(#name);
  ASSAY_ZOO(ASSAY_HUNT)
#undef ASSAY_HUNT
}

}  // namespace
}  // namespace assay
