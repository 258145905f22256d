// No check of the trial is dead weight: each is switched off in turn, and somebody in the zoo whom
// it catches then gets away altogether. `./assay test zoo` shows who, and who notices the rest.
#include "oracle/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/host/registry.h"
#include "oracle/zoo/test_hunt.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLimit = std::chrono::seconds(20);  // to catch a member
constexpr std::uint64_t kUntilCaught = ~std::uint64_t{0};

/// Who escapes must have done so in so many sequences, and in so many times more than it takes to
/// catch it with the check.
constexpr std::uint64_t times_more(std::uint64_t needed) {
  return std::max(std::uint64_t{300}, 3 * needed);
}

/// Leaves out one check, if any. It poisons nothing: who writes where it must not is left to the
/// trial, under AddressSanitizer too.
class GuardWithout : public WatchGuard {
 public:
  explicit GuardWithout(std::optional<Check> off) : off_(off) {}
  [[nodiscard]] bool judges(Check check) const { return check != off_; }

 private:
  std::optional<Check> off_;
};

TrialResult run_without(std::optional<Check> off, const AnyDesign& design, HostMemory& memory,
                        const Sequence& sequence) {
  const auto make_guard = [&](FrameWindow /*ram*/, FrameAccess /*access*/) {
    return GuardWithout(off);
  };
  return run_guarded(design, memory, sequence, make_guard);
}

std::vector<DesignEntry> members() {
  std::vector<DesignEntry> zoo;
  std::ranges::copy_if(all_designs(), std::back_inserter(zoo), &DesignEntry::in_zoo);
  return zoo;
}

struct Hunt {
  std::uint64_t sequences = 0;
  Verdict verdict;
};

/// The random sequences from seed 1 on, until one is failed or so many are done; where there is no
/// such end, until the time is over.
Hunt hunt(const DesignEntry& member, std::optional<Check> off, std::uint64_t sequences,
          std::optional<Depth> depth = {}) {
  const Clock::time_point end = Clock::now() + kLimit;
  HostMemory memory;
  Hunt hunt;
  const auto goes_on = [&] {
    if (!hunt.verdict.passed()) return false;
    return sequences == kUntilCaught ? Clock::now() < end : hunt.sequences < sequences;
  };
  while (goes_on()) {
    const std::uint64_t seed = ++hunt.sequences;
    memory.set_depth(depth.value_or(zoo_depth(seed)));
    hunt.verdict = run_without(off, member.design, memory, zoo_sequence(seed)).verdict;
  }
  return hunt;
}

/// With all checks; it fails the test if the member is not caught as it says.
Hunt hunt_as_it_says(const DesignEntry& member) {
  const Hunt caught = hunt(member, {}, kUntilCaught);
  EXPECT_STREQ(caught.verdict.outcome, name_of(member.fault->check))
      << member.name << ": "
      << (caught.verdict.passed() ? "it got away" : caught.verdict.text.c_str());
  EXPECT_EQ(caught.verdict.clause, member.fault->clause) << member.name;
  return caught;
}

class CheckTest : public testing::TestWithParam<Check> {};

TEST_P(CheckTest, is_missed) {
  const Check check = GetParam();
  std::vector<std::string> escape;
  std::vector<std::string> noticed;
  for (const DesignEntry& member : members()) {
    if (member.fault->check != check) continue;
    const Hunt with = hunt_as_it_says(member);
    if (with.verdict.passed()) continue;
    // A call that hangs takes seconds each time.
    const bool once = check == Check::hang;
    const Hunt without = hunt(member, check, once ? with.sequences : times_more(with.sequences));
    if (without.verdict.passed()) {
      escape.emplace_back(member.name);
    } else {
      noticed.push_back(fmt::format("{} by {}", member.name, without.verdict.outcome));
    }
  }
  RecordProperty("escape", fmt::format("{}", fmt::join(escape, ", ")));
  RecordProperty("noticed", fmt::format("{}", fmt::join(noticed, ", ")));
  fmt::print("without {:<17} escape: {}; still noticed: {}\n", name_of(check),
             fmt::join(escape, ", "), fmt::join(noticed, ", "));
  EXPECT_FALSE(escape.empty()) << "nobody escapes without the check '" << name_of(check)
                               << "': others see all that it sees";
}

std::vector<Check> all_checks() {
  std::vector<Check> checks(kCheckNames.size());
  for (std::size_t i = 0; i < checks.size(); ++i) checks[i] = static_cast<Check>(i);
  return checks;
}

INSTANTIATE_TEST_SUITE_P(Trial, CheckTest, testing::ValuesIn(all_checks()),
                         [](const auto& check) { return std::string(name_of(check.param)); });

TEST(WholeFramesTest, show_what_edges_do_not) {
  for (const DesignEntry& member : members()) {
    if (!member.fault->whole_frames) continue;
    const Hunt whole = hunt(member, {}, kUntilCaught, Depth{.content = ContentDepth::whole});
    ASSERT_FALSE(whole.verdict.passed()) << member.name << " got away";
    const Hunt edges =
        hunt(member, {}, times_more(whole.sequences), Depth{.content = ContentDepth::edges});
    EXPECT_TRUE(edges.verdict.passed()) << member.name << ": " << edges.verdict.text.c_str();
  }
}

}  // namespace
}  // namespace assay
