/// Calls are timed one by one: their percentiles, the slowest by their place, noise and work apart.
#include "bench/latency.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/reference_stack.h"
#include "impls/designs.h"

namespace assay {
namespace {

/// Stands still but for what a design takes.
struct ModelTimer {
  static std::uint64_t begin() { return ticks; }
  static std::uint64_t end() { return ticks; }
  static std::uint64_t switches() { return switched; }
  inline static std::uint64_t ticks = 1'000'000;
  inline static std::uint64_t switched = 0;
};

/// 10 ticks for a request, 5 for a free. The seventh request always takes 1000 more; in the first
/// pass of all, the third is interrupted for 50,000.
class Paced : public Bitmap<> {
 public:
  static constexpr Contract contract = Bitmap<>::contract;
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    Bitmap<>::init(map, window, metadata);
    ++passes;
  }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    ++requests_;
    ModelTimer::ticks += 10;
    if (requests_ == 7) ModelTimer::ticks += 1000;
    if (requests_ == 3 && passes == 1) {
      ModelTimer::ticks += 50'000;
      ++ModelTimer::switched;
    }
    return Bitmap<>::allocate(count, alignment);
  }
  FreeResult free(Pfn first) {
    ModelTimer::ticks += 5;
    return Bitmap<>::free(first);
  }
  inline static int passes = 0;

 private:
  int requests_ = 0;
};

/// Two requests as set-up, then sixteen more, of which the last two fail, then frees of all.
PreparedWorkload workload() {
  Workload made{.name = "paced", .title = "", .question = ""};
  made.sequence.arena = {.base = Pfn{0}, .frames = FrameCount{32}};
  for (int i = 0; i < 16; ++i) made.add_request(2);
  made.add_request(1);
  made.add_request(2);
  for (std::uint32_t i = 0; i < 18; ++i) made.add_free(i);
  made.first_measured = 2;
  auto ready = prepare(std::move(made));
  if (!ready) throw std::runtime_error(ready.error());
  return std::move(*ready);
}

std::vector<LatencyEntry> recorded(const Cell& cell, std::uint32_t passes) {
  HostMemory memory;
  std::size_t calls = 0;
  return record_latencies(
      {&cell, 1}, memory, passes, 1,
      [&](std::size_t number, std::size_t, const Cell&) { EXPECT_EQ(number, ++calls); });
}

class Latency : public testing::Test {
 protected:
  void SetUp() override {
    Paced::passes = 0;
    paced_.time_calls = &run_timed_calls<Paced, ModelTimer>;
  }

  PreparedWorkload prepared_ = workload();
  Contestant paced_ = contestant<Paced>("paced");
  Cell cell_{.contestant = &paced_,
             .prepared = &prepared_,
             .yardstick = &prepared_,
             .oracle = "pass",
             .tally = {.allocated = 14, .failed = 2, .freed = 16},
             .passes = 1,
             .repetition_ns = 1};
};

TEST_F(Latency, every_call_of_every_pass_is_counted_by_its_kind) {
  const auto entries = recorded(cell_, 4);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].passes, 4U);
  const CallTimes& times = entries[0].times;
  EXPECT_EQ(times.histogram(Call::allocate_one).count(), 0U);
  EXPECT_EQ(times.histogram(Call::allocate_run).count(), 4 * 14U);
  EXPECT_EQ(times.histogram(Call::allocate_failed).count(), 4 * 2U);
  EXPECT_EQ(times.histogram(Call::free).count(), 4 * 16U) << "those of what failed are no calls";
  EXPECT_EQ(times.histogram(Call::allocate_run).percentile(0.5), 10U);
  EXPECT_EQ(times.histogram(Call::allocate_run).max(), 50'010U);
  EXPECT_EQ(times.histogram(Call::free).max(), 5U);
}

TEST_F(Latency, noise_goes_away_in_another_pass_and_work_stays) {
  const auto json =
      nlohmann::json::parse(to_json({"model", 0.5, {4, 2}}, 3, 1, recorded(cell_, 3)));
  EXPECT_EQ(json["timer"]["floor_ns"], 2.0);
  EXPECT_EQ(json["timer"]["resolution_ns"], 1.0);
  EXPECT_EQ(json["passes"], 3);
  const auto& runs = json["entries"][0]["calls"][0];
  EXPECT_EQ(runs["call"], "allocate_run");
  EXPECT_EQ(runs["max_ns"], 25'005.0);
  EXPECT_EQ(runs["p50_ns"], 5.0);
  EXPECT_EQ(runs["buckets"][0], nlohmann::json::array({5.0, 3 * 14 - 4}));
  const auto& worst = runs["worst"];
  ASSERT_EQ(worst.size(), 14U) << "each step has one place";
  EXPECT_EQ(
      worst[0],
      (nlohmann::json{{"ns", 25'005.0}, {"again_ns", 5.0}, {"operation", 3}, {"disturbed", true}}));
  EXPECT_EQ(
      worst[1],
      (nlohmann::json{{"ns", 505.0}, {"again_ns", 505.0}, {"operation", 7}, {"disturbed", false}}));
  EXPECT_EQ(runs["steady"]["count"], 14) << "each step once";
  EXPECT_EQ(runs["steady"]["p90_ns"], 5.0);
  EXPECT_EQ(runs["steady"]["max_ns"], 505.0) << "work, not noise";
  EXPECT_EQ(runs["costliest"][0], (nlohmann::json{{"again_ns", 505.0}, {"operation", 7}}));
  EXPECT_EQ(runs["costliest"][1], (nlohmann::json{{"again_ns", 5.0}, {"operation", 3}}));
}

TEST_F(Latency, of_many_calls_the_sixteen_slowest_are_kept_each_step_once) {
  CallTimes times(40);
  std::vector<TimedCall> pass(40);
  for (std::uint64_t i = 0; i < 40; ++i) {
    pass[i] = {.ticks = 100 + i, .call = 3, .is_call = 1, .is_disturbed = 0};
  }
  times.add(pass);
  pass[0].ticks = 500;
  pass[39].ticks = 50;
  times.add(pass);
  const auto worst = times.worst(Call::free);
  ASSERT_EQ(worst.size(), kWorstCalls);
  EXPECT_EQ(worst[0].step, 0U);
  EXPECT_EQ(worst[0].ticks, 500U);
  EXPECT_EQ(worst[1].step, 39U);
  EXPECT_EQ(times.fastest(39), 50U);
  EXPECT_EQ(worst[15].step, 25U);
}

TEST_F(Latency, what_the_oracle_did_not_pass_is_not_timed_nor_shown_if_a_pass_differs) {
  Cell failed = cell_;
  failed.oracle = "C1: …";
  EXPECT_TRUE(recorded(failed, 3).empty());
  EXPECT_EQ(Paced::passes, 0);
  cell_.tally.freed = 15;
  EXPECT_TRUE(recorded(cell_, 3).empty());
}

TEST(Timer, the_machine_has_one_that_runs_and_says_what_it_costs) {
  const TickLength tick;
  const TimerCost cost = measure_timer();
  EXPECT_GT(cost.resolution, 0U);
  EXPECT_GT(tick.nanoseconds(), 0);
  const std::uint64_t begin = MachineTimer::begin();
  EXPECT_GE(MachineTimer::end(), begin);
}

}  // namespace
}  // namespace assay
