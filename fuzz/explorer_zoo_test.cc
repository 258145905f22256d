// What the zoo says of its faults is held against every way to reach them: a fault that fits into a
// small arena is found, by its clause, and in no fewer calls than its author claims.
#include <gtest/gtest.h>

#include <string_view>

#include "fuzz/explorer.h"
#include "oracle/zoo/zoo.h"

namespace assay {
namespace {

constexpr std::uint32_t kFrames = 6;
constexpr std::uint32_t kHoleFrames = 3;

std::vector<Arena> arenas() {
  std::vector<Arena> all;
  for (std::uint32_t frames = 1; frames <= kFrames; ++frames) {
    const std::uint32_t maps = frames <= kHoleFrames ? 1U << frames : 1;
    for (std::uint32_t reserved = 0; reserved < maps; ++reserved) {
      all.push_back(small_arena(Pfn{1}, FrameCount{frames}, reserved));
    }
  }
  return all;
}

/// The explorer makes no call of `add_usable`, and its RAM holds junk.
template <class Member>
constexpr bool is_in_scope(const char* name) {
  return Member::kFault.frames <= kFrames && Member::kFault.ram != RamContent::zero &&
         std::string_view(name) != "growth_loses_frame";
}

template <class Member>
void hunt(const char* name) {
  if (!is_in_scope<Member>(name)) return;
  std::optional<Counterexample> shortest;
  for (const Arena& arena : arenas()) {
    std::optional<Counterexample> found = Explorer<Member>(arena).run().broken;
    if (!found) continue;
    EXPECT_FALSE(found->verdict.passed()) << name << "\n" << to_text(found->sequence);
    const std::size_t operations = found->sequence.operations.size();
    if (!shortest || operations < shortest->sequence.operations.size()) shortest = found;
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
