/// Only what the oracle passed gets a number.
#include "bench/cell.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/catalogue.h"
#include "bench/measurement.h"
#include "bench/reference_stack.h"
#include "bench/results.h"
#include "bench/statistics.h"
#include "impls/designs.h"

namespace assay {
namespace {

/// Says of every free that it released one frame more than it did.
class Boaster : public Bitmap<> {
 public:
  FreeResult free(Pfn pfn) {
    FreeResult result = Bitmap<>::free(pfn);
    if (result) *result += FrameCount{1};
    return result;
  }
};

/// Fails every request of one frame.
class Miser : public Bitmap<> {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return count == FrameCount{1} ? Pfn::none() : Bitmap<>::allocate(count, alignment);
  }
};

PreparedWorkload prepared(const std::string& name) {
  const auto catalogue = Catalogue::load(ASSAY_WORKLOADS);
  if (!catalogue) throw std::runtime_error(catalogue.error());
  auto workload = catalogue->make(name, kSmokeScale);
  if (!workload) throw std::runtime_error(workload.error());
  auto ready = prepare(std::move(*workload));
  if (!ready) throw std::runtime_error(ready.error());
  return std::move(*ready);
}

constexpr double kRepetitionNs = 1e5;

TEST(Cell, a_wrong_design_has_a_verdict_and_no_number_and_the_others_have_one_each) {
  const PreparedWorkload workload = prepared("mixed_50");
  const PreparedWorkload pair = prepared("single_pair");
  const Contestant good = contestant<Bitmap<>>("good");
  const Contestant wrong = contestant<Boaster>("wrong");
  std::vector<Cell> cells{{.contestant = &good, .prepared = &workload, .yardstick = &pair},
                          {.contestant = &wrong, .prepared = &workload, .yardstick = &pair}};
  HostMemory memory;
  for (Cell& cell : cells) judge(cell, memory, kRepetitionNs);
  std::size_t calls = 0;
  const std::string gbench =
      measure(cells, memory, 3, [&](std::size_t number, std::size_t total, const Cell&) {
        ++calls;
        EXPECT_EQ(number, calls);
        EXPECT_EQ(total, 6U);
      });

  EXPECT_TRUE(cells[0].passed());
  EXPECT_EQ(cells[0].repetitions_ns.size(), 3U);
  EXPECT_GT(cells[0].repetitions_ns[0], 0);
  EXPECT_EQ(cells[0].repetitions_ratio.size(), 3U);
  // The repetitions' times have been seconds in between, which rounds.
  EXPECT_LE(cells[0].fastest_ns, std::ranges::min(cells[0].repetitions_ns) * (1 + 1e-9));
  EXPECT_GT(cells[0].fastest_ns, 0);
  EXPECT_TRUE(cells[1].oracle.starts_with("C4: op ")) << cells[1].oracle;
  EXPECT_TRUE(cells[1].repetitions_ns.empty());

  const auto json = nlohmann::json::parse(to_json({.repetitions = 3}, {workload}, cells));
  EXPECT_TRUE(json["cells"][0]["median_ns"].is_number());
  EXPECT_EQ(json["cells"][0]["oracle"], "pass");
  EXPECT_TRUE(json["cells"][1]["median_ns"].is_null());
  EXPECT_EQ(json["cells"][1]["oracle"], cells[1].oracle);

  std::size_t errors = 0;
  const auto raw = nlohmann::json::parse(gbench);
  for (const auto& run : raw["benchmarks"]) {
    if (run.value("error_occurred", false)) ++errors;
  }
  EXPECT_GT(errors, 0U) << gbench;
}

TEST(Cell, a_replay_that_differs_from_the_trial_has_no_number) {
  const PreparedWorkload workload = prepared("mixed_50");
  const PreparedWorkload pair = prepared("single_pair");
  Contestant mixed_up = contestant<Bitmap<>>("mixed_up");
  mixed_up.pass = &run_pass<Miser>;
  Cell cell{.contestant = &mixed_up, .prepared = &workload, .yardstick = &pair};
  HostMemory memory;
  judge(cell, memory, kRepetitionNs);
  EXPECT_TRUE(cell.oracle.starts_with("the trial made ")) << cell.oracle;
  const std::string gbench = measure({&cell, 1}, memory, 1, [](auto, auto, const Cell&) {});
  EXPECT_TRUE(cell.repetitions_ns.empty());
  EXPECT_NE(gbench.find("the trial made "), std::string::npos) << gbench;
}

TEST(Cell, the_number_is_per_served_operation_and_failures_serve_nobody) {
  const PreparedWorkload workload = prepared("mixed_90");
  const PreparedWorkload pair = prepared("single_pair");
  const Contestant design = contestant<Bitmap<>>("bitmap");
  Cell cell{.contestant = &design, .prepared = &workload, .yardstick = &pair};
  HostMemory memory;
  judge(cell, memory, kRepetitionNs);
  ASSERT_TRUE(cell.passed()) << cell.oracle;
  ASSERT_GT(cell.tally.failed, 0U) << "this workload is to have failing requests";
  EXPECT_LT(cell.tally.served() + cell.tally.failed, workload.plan.measured.size() + 1);
  EXPECT_EQ(cell.tally.served(), cell.tally.allocated + cell.tally.freed);
}

/// A clock that stands still but for what a PacedStack takes.
struct ModelClock {
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<ModelClock>;
  static time_point now() { return time_point{elapsed}; }
  inline static duration elapsed{};
};

/// Takes so many nanoseconds of the model clock for a request and for a free.
template <int kRequestNs, int kFreeNs>
class PacedStack : public ReferenceStack {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment) {
    ModelClock::elapsed += std::chrono::nanoseconds{kRequestNs};
    return ReferenceStack::allocate(count, alignment);
  }
  FreeResult free(Pfn first) {
    ModelClock::elapsed += std::chrono::nanoseconds{kFreeNs};
    return ReferenceStack::free(first);
  }
};

template <int kRequestNs, int kFreeNs>
Contestant paced() {
  Contestant stack = reference();
  stack.pass = &run_pass<PacedStack<kRequestNs, kFreeNs>, ModelClock>;
  return stack;
}

struct Timed {
  double nanoseconds;
  double ratio;
  std::uint32_t rounds;
};

/// Of a contestant that takes 600 ns for a request and 400 ns for a free; of the stack 3 and 5.
Timed timed_by_model(const PreparedWorkload& workload, const PreparedWorkload& yardstick) {
  const Contestant slow = paced<600, 400>();
  const Contestant stack = paced<3, 5>();
  Cell cell{.contestant = &slow, .prepared = &workload, .yardstick = &yardstick, .stack = &stack};
  HostMemory memory;
  judge(cell, memory, kRepetitionNs);
  static_cast<void>(measure({&cell, 1}, memory, 3, [](auto, auto, const Cell&) {}));
  return {median(cell.repetitions_ns), median(cell.repetitions_ratio), cell.rounds};
}

TEST(Cell, the_ratio_is_to_the_stack_on_the_same_workload) {
  const PreparedWorkload workload = prepared("fill");
  const Timed timed = timed_by_model(workload, workload);
  EXPECT_DOUBLE_EQ(timed.nanoseconds, 600);
  EXPECT_DOUBLE_EQ(timed.ratio, 600.0 / 3);
  EXPECT_EQ(timed.rounds, 1U);
}

TEST(Cell, what_the_stack_does_not_do_is_set_against_its_pairs) {
  const PreparedWorkload pair = prepared("single_pair");
  const Timed operation = timed_by_model(prepared("fill"), pair);
  EXPECT_DOUBLE_EQ(operation.ratio, 600 / ((3 + 5) / 2.0));

  // A request against a whole pair; the 64 of them take 38 us and are repeated for 100.
  const Timed request = timed_by_model(prepared("fail_full"), pair);
  EXPECT_DOUBLE_EQ(request.nanoseconds, 600);
  EXPECT_DOUBLE_EQ(request.ratio, 600.0 / (3 + 5));
  EXPECT_EQ(request.rounds, 3U);
}

TEST(Cell, what_became_of_requests_is_counted_by_length_behind_the_set_up) {
  const PreparedWorkload workload = prepared("fail_checkerboard");
  const PreparedWorkload pair = prepared("single_pair");
  const Contestant design = contestant<Bitmap<>>("bitmap");
  Cell cell{.contestant = &design, .prepared = &workload, .yardstick = &pair};
  HostMemory memory;
  judge(cell, memory, kRepetitionNs);
  ASSERT_TRUE(cell.passed()) << cell.oracle;
  ASSERT_EQ(cell.requests.size(), 1U);
  EXPECT_EQ(cell.requests.at(2).all, 64U);
  EXPECT_EQ(cell.requests.at(2).failed, 64U);
  EXPECT_EQ(cell.units(), 64.0 * cell.rounds);
}

TEST(Cell, only_what_the_workload_says_is_timed) {
  HostMemory memory;
  for (const auto& [name, expected_ns] :
       std::map<std::string, double>{{"allocate_one", 600}, {"free_one", 400}}) {
    const PreparedWorkload workload = prepared(name);
    const Arena& arena = workload.workload.sequence.arena;
    const Pass pass = paced<600, 400>().pass(memory, arena, workload.plan, 1);
    EXPECT_EQ(units_of(workload.workload, pass.measured), 6400) << name;
    EXPECT_DOUBLE_EQ(pass.nanoseconds / 6400, expected_ns) << name;
    EXPECT_GE(pass.whole_nanoseconds, 6400 * (600 + 400)) << name;
  }
}

TEST(Cell, the_yardstick_is_kept_apart_from_the_designs) {
  const PreparedWorkload workload = prepared("single_pair");
  Cell cell{.contestant = &reference(), .prepared = &workload, .yardstick = &workload};
  HostMemory memory;
  judge(cell, memory, kRepetitionNs);
  cell.repetitions_ns = {3, 1, 2};
  cell.repetitions_ratio = {1.5, 0.5, 1};
  const auto json = nlohmann::json::parse(to_json({.repetitions = 3}, {workload}, {&cell, 1}));
  EXPECT_TRUE(json["cells"].empty());
  ASSERT_EQ(json["references"].size(), 1U);
  EXPECT_EQ(json["references"][0]["reference"], true);
  EXPECT_EQ(json["references"][0]["median_ns"], 2.0);
  EXPECT_EQ(json["references"][0]["mad_ns"], 1.0);
  EXPECT_EQ(json["references"][0]["ratio"], 1.0);
  EXPECT_EQ(json["references"][0]["ratio_mad"], 0.5);
}

TEST(Cell, every_design_of_the_list_is_a_contestant) {
  std::vector<std::string> names;
  for (const Contestant& design : designs()) names.push_back(design.name);
#define ASSAY_EXPECT_LISTED(name, type) EXPECT_EQ(std::ranges::count(names, #name), 1);
  ASSAY_DESIGNS(ASSAY_EXPECT_LISTED)
#undef ASSAY_EXPECT_LISTED
}

}  // namespace
}  // namespace assay
