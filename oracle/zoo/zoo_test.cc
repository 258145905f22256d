// Each member of the zoo is caught by random sequences, by the clause that it names, and is no
// easier to catch than it says. What it took is recorded: `./assay test zoo` shows it as a table.
#include "oracle/zoo/zoo.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/host/isolated.h"
#include "oracle/host/registry.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLimit = std::chrono::seconds(10);

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

/// Arenas and lengths that are taken in turn; what borders on thousands of frames needs them.
struct Rung {
  std::uint32_t max_frames;
  std::uint32_t operations;
};
constexpr Rung kLadder[] = {{8, 24}, {64, 96}, {512, 192}, {4096, 384}};

Sequence sequence_of(std::uint64_t seed) {
  const Rung rung = kLadder[seed % std::size(kLadder)];
  return random_sequence(seed, rung.max_frames, rung.operations);
}

/// What it took, in memory shared with the process that may die of it.
struct Effort {
  std::uint64_t sequences;
  std::uint64_t operations;
};

class SharedEffort {
 public:
  SharedEffort() {
    void* memory =
        mmap(nullptr, sizeof(Effort), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("cannot map shared memory");
    effort_ = new (memory) Effort{};
  }
  SharedEffort(const SharedEffort&) = delete;
  SharedEffort& operator=(const SharedEffort&) = delete;
  ~SharedEffort() { munmap(effort_, sizeof(Effort)); }
  Effort* operator->() const { return effort_; }

 private:
  Effort* effort_;
};

/// Random sequences from seed 1 on, until one is failed or the time is over.
Verdict hunt(const DesignEntry& design, const SharedEffort& effort) {
  const Clock::time_point end = Clock::now() + kLimit;
  HostMemory memory;
  for (std::uint64_t seed = 1; Clock::now() < end; ++seed) {
    const Sequence sequence = sequence_of(seed);
    const auto count = [&](const StepView&) { ++effort->operations; };
    ++effort->sequences;
    const TrialResult result = design.run(memory, sequence, kToTheEnd, count);
    if (!result.verdict.passed()) return result.verdict;
  }
  return {};
}

class ZooTest : public testing::TestWithParam<Member> {};

TEST_P(ZooTest, is_caught) {
  const auto [name, fault] = GetParam();
  const DesignEntry* design = find_design(name);
  ASSERT_NE(design, nullptr);
  ASSERT_TRUE(design->in_zoo);
  const SharedEffort effort;
  const Clock::time_point start = Clock::now();
  const Judgement judgement =
      judge_isolated(name, [&] { return hunt(*design, effort); }, 2 * kLimit.count());
  const std::chrono::duration<double, std::milli> taken = Clock::now() - start;

  const std::string clause = fmt::format("C{}", number_of(fault.clause));
  RecordProperty("clause", clause);
  RecordProperty("operations", std::to_string(effort->operations));
  RecordProperty("sequences", std::to_string(effort->sequences));
  RecordProperty("milliseconds", fmt::format("{:.1f}", taken.count()));
  fmt::print("{:<28} {:<4} {:>8} operations {:>9.1f} ms  {}\n", name, clause, effort->operations,
             taken.count(), judgement.text);
  ASSERT_FALSE(judgement.passed()) << "it got away";
  EXPECT_TRUE(judgement.key.starts_with(fmt::format("{}-{}-", name, clause)))
      << "it was caught by something else: " << judgement.text;
  EXPECT_LT(taken, kLimit);
}

INSTANTIATE_TEST_SUITE_P(Zoo, ZooTest, testing::ValuesIn(kMembers),
                         [](const auto& member) { return std::string(member.param.name); });

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
