// What swarm finds in the zoo shrinks to what a person can read. Operations are judged; seconds,
// which hang on the machine, are only told.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "fuzz/finding.h"
#include "fuzz/swarm.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMedianAtMost = 6;
constexpr double kHuntSeconds = 60;  // against a hunt that never ends

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Small arenas and large ones; what borders on a thousand frames shows only in larger ones.
std::vector<std::uint32_t> arenas_for(const Fault& fault) {
  if (fault.frames >= 1024) return {4096};
  if (fault.frames > 64) return {1024};
  // To see that a call does not return takes seconds.
  if (fault.clause == Clause::hang) return {64};
  return {64, 1024};
}

/// The first sequence of the swarm that breaks the member.
Sequence hunt(const DesignEntry& member, std::uint32_t frames) {
  const Clock::time_point start = Clock::now();
  Totals totals;
  std::uint64_t seed = 1;
  const Verdict verdict =
      run_swarm(member, frames, seed, totals, [&] { return seconds_since(start) < kHuntSeconds; });
  EXPECT_FALSE(verdict.passed()) << member.name << " got away in " << frames << " frames";
  return swarm_sequence(seed, frames);
}

struct Measured {
  std::vector<std::size_t> operations;
  std::vector<double> seconds;
  std::vector<std::uint32_t> trials;
};

void shrink_one(const DesignEntry& member, std::uint32_t frames, Measured& measured) {
  const Sequence whole = hunt(member, frames);
  const Clock::time_point start = Clock::now();
  const auto finding = shrink_finding(member, whole);
  ASSERT_TRUE(finding.has_value()) << member.name;
  const Sequence& shortest = finding->shrunk.sequence;
  measured.operations.push_back(shortest.operations.size());
  measured.trials.push_back(finding->shrunk.trials);
  measured.seconds.push_back(seconds_since(start));
  fmt::print("{:<28}{:>6} operations ->{:>3} in{:>5} frames,{:>5} trials, {:.2f} s, {}\n",
             member.name, whole.operations.size(), shortest.operations.size(),
             shortest.arena.frames.value(), finding->shrunk.trials, measured.seconds.back(),
             finding->judgement.key);
  EXPECT_LE(shortest.operations.size(), kReadable) << member.name << "\n" << to_text(shortest);
  EXPECT_LE(shortest.arena.frames, std::max(FrameCount{64}, FrameCount{2 * member.fault->frames}))
      << member.name << "\n"
      << to_text(shortest);
}

template <class Number>
Number median(std::vector<Number> numbers) {
  std::ranges::nth_element(numbers, numbers.begin() + numbers.size() / 2);
  return numbers[numbers.size() / 2];
}

TEST(ShrinkerZooTest, what_breaks_a_member_shrinks_to_a_few_operations) {
  Measured measured;
  for (const DesignEntry& entry : all_designs()) {
    if (!entry.in_zoo()) continue;
    for (const std::uint32_t frames : arenas_for(*entry.fault)) {
      shrink_one(entry, frames, measured);
    }
  }
  ASSERT_GT(measured.operations.size(), 100U);
  EXPECT_LE(median(measured.operations), kMedianAtMost);
  fmt::print("{} findings: median {} operations, {} trials, {:.2f} s; at most {}, {}, {:.2f} s\n",
             measured.operations.size(), median(measured.operations), median(measured.trials),
             median(measured.seconds), std::ranges::max(measured.operations),
             std::ranges::max(measured.trials), std::ranges::max(measured.seconds));
}

}  // namespace
}  // namespace assay
