// The zoo is as varied as it must be, and no member is easier to catch than it says. That each is
// caught, and by its clause, is the kill matrix's part: `./assay test zoo`.
#include "oracle/zoo/zoo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/host/registry.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

struct Member {
  const char* name;
  Fault fault;
};

/// How GoogleTest names it.
void PrintTo(const Member& member, std::ostream* out) { *out << member.name; }

constexpr Member kMembers[] = {
#define ASSAY_MEMBER(name, type) {#name, type::kFault},
    ASSAY_ZOO(ASSAY_MEMBER)
#undef ASSAY_MEMBER
};

constexpr auto is_hard = [](const Member& member) { return member.fault.is_hard(); };
static_assert(std::size(kMembers) >= 24 && std::ranges::count_if(kMembers, is_hard) >= 12);

TEST(ZooTest, every_clause_that_a_design_promises_has_a_member) {
  std::set<std::uint32_t> clauses;
  for (const Member& member : kMembers) clauses.insert(number_of(member.fault.clause));
  EXPECT_EQ(clauses, (std::set<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13}));
}

/// What a member says it needs must not be an overstatement: with less it passes for correct.
class HardMemberTest : public testing::TestWithParam<Member> {
 protected:
  static constexpr std::uint64_t kSequences = 4000;

  /// Over sequences that lack one thing, without the calls that a trial makes at the end.
  template <class Make>
  void expect_silence(Make make) {
    HostMemory memory;
    for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
      const Sequence sequence = make(seed);
      const auto length = static_cast<std::uint32_t>(sequence.operations.size());
      const TrialResult result = find_design(GetParam().name)->run(memory, sequence, length, {});
      if (result.verdict.passed()) continue;
      // A free is counted once it was judged, so that a broken one may be missing.
      const bool is_free = std::string_view(result.verdict.call) == "free";
      const std::uint32_t calls = result.outcomes.calls() + (is_free ? 1 : 0);
      ASSERT_TRUE(enough_calls_ && calls >= GetParam().fault.calls)
          << "seed " << seed << ": " << result.verdict.text.c_str();
    }
  }

  bool enough_calls_ = false;  ///< a verdict is right after as many calls as the fault needs
};

TEST_P(HardMemberTest, needs_what_it_says) {
  const Fault fault = GetParam().fault;
  if (fault.frames > 1) {
    expect_silence([&](std::uint64_t seed) { return random_sequence(seed, fault.frames - 1, 24); });
  } else if (fault.ram) {
    expect_silence([&](std::uint64_t seed) {
      Sequence sequence = random_sequence(seed, 64, 24);
      const bool zero = fault.ram == RamContent::junk;
      sequence.arena.ram = zero ? RamContent::zero : RamContent::junk;
      sequence.arena.seed = zero ? 0 : static_cast<std::uint32_t>(seed);
      return sequence;
    });
  } else {
    enough_calls_ = true;
    expect_silence([](std::uint64_t seed) { return random_sequence(seed, 8, 24); });
  }
}

std::vector<Member> hard_members() {
  std::vector<Member> members;
  std::ranges::copy_if(kMembers, std::back_inserter(members), is_hard);
  return members;
}

INSTANTIATE_TEST_SUITE_P(Zoo, HardMemberTest, testing::ValuesIn(hard_members()),
                         [](const auto& member) { return std::string(member.param.name); });

}  // namespace
}  // namespace assay
