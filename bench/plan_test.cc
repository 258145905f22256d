/// A plan does what its workload says, no more, and its replay counts what came of it.
#include "bench/plan.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "bench/reference_stack.h"

namespace assay {
namespace {

Workload workload_of(const std::string& operations, std::uint32_t first_measured = 0) {
  auto sequence = parse_text("assay-ops 1\nframes 4\n" + operations);
  if (!sequence) throw std::runtime_error(sequence.error());
  return {.name = "w",
          .title = "",
          .question = "",
          .sequence = std::move(*sequence),
          .first_measured = first_measured};
}

std::vector<std::array<std::uint32_t, 2>> pairs(const std::vector<Step>& steps) {
  std::vector<std::array<std::uint32_t, 2>> found;
  for (const Step& step : steps) found.push_back({step.slot, step.count});
  return found;
}

TEST(Plan, set_up_and_measured_steps_are_apart_and_slots_are_reused) {
  const auto plan =
      make_plan(workload_of("a = alloc 1\nb = alloc 3\nfree a\nc = alloc 2\nfree b\n", 2));
  ASSERT_TRUE(plan) << plan.error();
  using Pairs = std::vector<std::array<std::uint32_t, 2>>;
  EXPECT_EQ(pairs(plan->set_up), (Pairs{{0, 1}, {1, 3}}));
  EXPECT_EQ(pairs(plan->measured), (Pairs{{0, 0}, {0, 2}, {1, 0}}));
  EXPECT_EQ(plan->slots, 2U);
  EXPECT_FALSE(plan->single_frames);
}

TEST(Plan, slots_are_numbered_as_the_measured_steps_come_to_them) {
  const auto plan = make_plan(
      workload_of("a = alloc 1\nb = alloc 1\nc = alloc 1\nfree c\nfree a\nd = alloc 1\n", 3));
  ASSERT_TRUE(plan) << plan.error();
  using Pairs = std::vector<std::array<std::uint32_t, 2>>;
  EXPECT_EQ(pairs(plan->measured), (Pairs{{0, 0}, {1, 0}, {1, 1}}));
  EXPECT_EQ(pairs(plan->set_up), (Pairs{{1, 1}, {2, 1}, {0, 1}}));
}

TEST(Plan, requests_and_frees_are_cut_apart_where_only_some_are_timed) {
  Workload workload = workload_of("a = alloc 1\nb = alloc 1\nfree a\nfree b\nc = alloc 1\n");
  const auto stretches = [&](Timed timed) {
    workload.timed = timed;
    std::vector<std::pair<std::size_t, bool>> found;
    const auto plan = make_plan(workload);
    for (const Stretch& each : plan.value().stretches) {
      found.emplace_back(each.end, each.is_timed);
    }
    return found;
  };
  using Found = std::vector<std::pair<std::size_t, bool>>;
  EXPECT_EQ(stretches(Timed::all), (Found{{5, true}}));
  EXPECT_EQ(stretches(Timed::requests), (Found{{2, true}, {4, false}, {5, true}}));
  EXPECT_EQ(stretches(Timed::frees), (Found{{2, false}, {4, true}, {5, false}}));
}

TEST(Plan, what_cannot_be_timed_is_an_error_that_names_the_operation) {
  const auto error_of = [](const std::string& operations) {
    const auto plan = make_plan(workload_of(operations));
    return plan ? "" : plan.error();
  };
  EXPECT_EQ(error_of("a = alloc 1\nfree a\nfree a\n"), "workload w: op 3: misuse cannot be timed");
  EXPECT_EQ(error_of("a = alloc 2\nfree a+1\n"),
            "workload w: op 2: only allocations and frees of whole blocks can be timed");
  EXPECT_EQ(error_of("a = alloc 1 align 8\n"),
            "workload w: op 1: aligned allocations cannot be timed yet");
  EXPECT_EQ(error_of("a = alloc 0\n"),
            "workload w: op 1: an allocation of no frames cannot be timed");
  EXPECT_EQ(error_of("a = exhaust 1\n"),
            "workload w: op 1: only allocations and frees of whole blocks can be timed");
  EXPECT_EQ(error_of(""), "workload w: has no operations to measure");
}

TEST(Plan, a_replay_counts_failures_and_leaves_out_their_frees) {
  const auto plan = make_plan(workload_of(
      "a = alloc 1\nb = alloc 1\nc = alloc 1\nd = alloc 1\ne = alloc 1\nfree a\nfree e\nfree d\n"));
  ASSERT_TRUE(plan) << plan.error();
  const assay::Run all{Pfn{7}, FrameCount{4}};
  alignas(kMetadataAlignment) std::array<std::byte, 16> metadata;
  ReferenceStack stack;
  stack.init({all.first, all.count, std::span(&all, 1)}, {}, metadata);
  std::vector<Pfn> slots(plan->slots);
  EXPECT_EQ(replay(stack, plan->measured, std::span(slots)), (Tally{4, 1, 2}));
}

}  // namespace
}  // namespace assay
