// A call that never returns ends with a verdict that names its operation, by steps or by the clock.
#include "oracle/host/watchdog.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <string>

#include "impls/bitmap/bitmap.h"
#include "oracle/host/host_trial.h"

namespace assay {
namespace {

/// Tries again until there is room; as if its code were compiled to count steps.
class RetriesForEver : public Bitmap<> {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    while (true) {
      count_step();
      const Pfn got = Bitmap<>::allocate(count, alignment);
      if (!got.is_none()) return got;
    }
  }
};

/// Nothing but the clock can end this one.
class SpinsOnMisuse : public Bitmap<> {
 public:
  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    volatile bool waiting = !freed;
    while (waiting) {
    }
    return freed;
  }
};

/// Uses half a second of CPU time for each misuse.
class SlowOnMisuse : public Bitmap<> {
 public:
  FreeResult free(Pfn pfn) {
    const FreeResult freed = Bitmap<>::free(pfn);
    const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 2;
    while (!freed && std::clock() < end) {
      for (int i = 0; i < 10'000; ++i) asm volatile("");
    }
    return freed;
  }
};

template <class Design>
Verdict judge(const std::string& operations) {
  HostMemory memory;
  const auto sequence = parse_text("assay-ops 1\nbase 1\nframes 2\nram zero\n" + operations);
  return run_trial(AnyDesign::of<Design>(), memory, *sequence).verdict;
}

TEST(WatchdogTest, a_call_that_uses_up_its_steps_is_a_verdict) {
  const Verdict verdict = judge<RetriesForEver>("a = alloc 2\nb = alloc 1\n");
  EXPECT_STREQ(verdict.text.c_str(),
               "C12: op 2 'alloc 1': did not return within its budget of 64 steps per frame");
  EXPECT_STREQ(verdict.outcome, "hang");
}

TEST(WatchdogTest, an_edge_request_that_hangs_breaks_its_own_clause) {
  EXPECT_EQ(judge<RetriesForEver>("a = alloc 0\n").clause, Clause::edge_request);
}

TEST(WatchdogTest, a_call_that_spins_is_ended_by_the_clock) {
  const Verdict verdict = judge<SpinsOnMisuse>("a = alloc 1\nfree a\nfree a\n");
  EXPECT_STREQ(verdict.text.c_str(),
               "C12: op 3 'free a': did not return within 2 seconds of CPU time");
}

TEST(WatchdogTest, under_a_short_limit_a_slow_call_hangs) {
  const std::string operations = "a = alloc 1\nfree a\nfree a\n";
  set_call_limit(std::chrono::milliseconds(16));
  EXPECT_STREQ(judge<SlowOnMisuse>(operations).outcome, "hang");
  set_call_limit(std::chrono::seconds(kCallSeconds));
  EXPECT_TRUE(judge<SlowOnMisuse>(operations).passed());
}

TEST(WatchdogTest, time_between_calls_is_not_counted) {
  WatchGuard guard;
  EXPECT_EQ(run_watched([&] {
              guard.entering(FrameCount{1});
              guard.returned();
              for (std::uint32_t i = 0; i < 100'000; ++i) count_step();
            }),
            nullptr);
}

TEST(WatchdogTest, the_budget_grows_with_the_arena) {
  EXPECT_EQ(step_budget(FrameCount{1}), 4096U);
  EXPECT_EQ(step_budget(FrameCount{256}), 16384U);
  EXPECT_EQ(step_budget(FrameCount{1U << 28}), std::uint64_t{1} << 34);
}

}  // namespace
}  // namespace assay
