/// The workloads are what they say: valid, repeatable, at the occupancy they claim.
#include "bench/workloads.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "impls/designs.h"
#include "oracle/host/host_trial.h"

namespace assay {
namespace {

constexpr Scale kTestScale{4'096, 20'000, 20'000};

Workload made(const std::string& name, Scale scale = kTestScale) {
  auto workload = make_workload(name, scale, ASSAY_TRACES);
  if (!workload) throw std::runtime_error(workload.error());
  return std::move(*workload);
}

template <class Design>
TrialResult trial_of(const Sequence& sequence) {
  HostMemory memory;
  return run_trial(AnyDesign::of<Design>(), memory, sequence);
}

/// The lowest and the highest occupancy in percent after a measured operation.
struct Band {
  double low = 100;
  double high = 0;

  void add(double used_frames, const Workload& workload) {
    const double percent = 100 * used_frames / workload.sequence.arena.frames.value();
    low = std::min(low, percent);
    high = std::max(high, percent);
  }
};

/// If every request is served.
Band intended_occupancy(const Workload& workload) {
  Band band;
  std::vector<std::uint32_t> lengths;
  double used = 0;
  std::uint32_t position = 0;
  for (const Operation& operation : workload.sequence.operations) {
    const bool is_alloc = operation.kind == OperationKind::alloc;
    if (is_alloc) lengths.push_back(operation.count.value());
    used += is_alloc ? lengths.back() : -1.0 * lengths[operation.block];
    if (position++ >= workload.first_measured) band.add(used, workload);
  }
  return band;
}

template <class Design>
Band real_occupancy(const Workload& workload) {
  Band band;
  HostMemory memory;
  const auto observe = [&](const StepView& step) {
    if (step.position > workload.first_measured) {
      band.add(step.model.used_frames().value(), workload);
    }
  };
  const TrialResult result =
      run_trial(AnyDesign::of<Design>(), memory, workload.sequence, kToTheEnd, observe);
  EXPECT_TRUE(result.verdict.passed());
  return band;
}

TEST(Workloads, every_design_passes_every_workload_and_misuses_nothing) {
  for (const std::string& name : workload_names()) {
    const Workload workload = made(name);
    EXPECT_EQ(workload.name, name);
    EXPECT_LT(workload.first_measured, workload.sequence.operations.size()) << name;
    const auto expect_clean = [&](const char* design, const TrialResult& result) {
      EXPECT_TRUE(result.verdict.passed()) << design << ' ' << name << result.verdict.text.c_str();
      EXPECT_EQ(result.outcomes.refused + result.outcomes.aliased, 0U) << design << ' ' << name;
      EXPECT_GT(result.outcomes.freed, 0U) << design << ' ' << name;
    };
#define ASSAY_EXPECT_CLEAN(design, type) expect_clean(#design, trial_of<type>(workload.sequence));
    ASSAY_DESIGNS(ASSAY_EXPECT_CLEAN)
#undef ASSAY_EXPECT_CLEAN
  }
}

TEST(Workloads, the_same_scale_gives_the_same_bytes_and_another_scale_others) {
  for (const std::string& name : workload_names()) {
    EXPECT_EQ(made(name).sequence, made(name).sequence) << name;
    EXPECT_NE(made(name).sequence, made(name, kSmokeScale).sequence) << name;
  }
}

TEST(Workloads, mixed_workloads_stay_near_their_occupancy) {
  for (const auto& [name, target] :
       std::map<std::string, double>{{"mixed_50", 50}, {"mixed_90", 90}}) {
    const Workload workload = made(name, {16'384, 10'000, 0});
    const Band intended = intended_occupancy(workload);
    EXPECT_GT(intended.low, target - 0.2) << name;  // while a few blocks make way for a long run
    EXPECT_LE(intended.high, target) << name;
    // Long runs that find no room leave a design with less; results say how much is in use.
#define ASSAY_EXPECT_NEAR(design, type)                                          \
  EXPECT_GT(real_occupancy<type>(workload).low, target - 10) << #design << name; \
  EXPECT_LE(real_occupancy<type>(workload).high, target) << #design << name;
    ASSAY_DESIGNS(ASSAY_EXPECT_NEAR)
#undef ASSAY_EXPECT_NEAR
  }
}

TEST(Workloads, mixed_workloads_free_blocks_of_any_age) {
  const Workload workload = made("mixed_50");
  std::uint32_t names = 0;
  double frees = 0;
  double young = 0;  // of one of the 20 newest blocks, while some 430 are live
  for (const Operation& operation : workload.sequence.operations) {
    if (operation.names_block()) {
      ++names;
      continue;
    }
    ++frees;
    if (names - operation.block < 20) ++young;
  }
  EXPECT_LT(young / frees, 0.1);
  EXPECT_GT(young / frees, 0);
}

TEST(Workloads, lengths_are_mixed_with_a_share_of_frames_that_is_the_same_for_each) {
  const Workload workload = made("mixed_90", {65'536, 100'000, 0});
  std::map<std::uint32_t, double> frames;
  double total = 0;
  for (const Operation& operation : workload.sequence.operations) {
    if (operation.kind != OperationKind::alloc) continue;
    frames[operation.count.value()] += operation.count.value();
    total += operation.count.value();
  }
  ASSERT_EQ(frames.size(), 16U);
  EXPECT_EQ(frames.rbegin()->first, 16U);
  for (const auto& [length, count] : frames) EXPECT_NEAR(count / total, 1.0 / 16, 0.005) << length;
}

TEST(Workloads, fill_drain_takes_every_frame_and_gives_each_back_once_in_mixed_order) {
  const Workload workload = made("fill_drain");
  const TrialResult result = trial_of<Bitmap<>>(workload.sequence);
  EXPECT_EQ(result.outcomes.allocated, kTestScale.frames);
  EXPECT_EQ(result.outcomes.none, 0U);
  EXPECT_EQ(result.outcomes.freed, kTestScale.frames);
  unsigned neighbours = 0;
  const auto& operations = workload.sequence.operations;
  for (std::size_t i = kTestScale.frames + 1; i < operations.size(); ++i) {
    if (operations[i].block == operations[i - 1].block + 1) ++neighbours;
  }
  EXPECT_LT(neighbours, kTestScale.frames / 100);
}

TEST(Workloads, a_trace_begins_to_count_at_its_first_free) {
  const Workload workload = made("trace_pgbench");
  const auto& operations = workload.sequence.operations;
  ASSERT_GT(workload.first_measured, 0U);
  EXPECT_EQ(operations[workload.first_measured].kind, OperationKind::free_block);
  EXPECT_EQ(operations[workload.first_measured - 1].kind, OperationKind::alloc);
}

TEST(Workloads, the_imported_traces_are_whole_and_small) {
  const std::map<std::string, std::uint32_t> operations{
      {"cxx-build", 299'991}, {"pgbench", 299'910}, {"archive", 432'912}};
  for (const auto& [name, count] : operations) {
    const std::string path = std::string(ASSAY_TRACES) + "/" + name + ".opsb";
    const auto sequence = load(path);
    ASSERT_TRUE(sequence) << sequence.error();
    EXPECT_EQ(sequence->operations.size(), count) << name;
    EXPECT_LE(to_bytes(*sequence).size(), 1'500'000U) << name;
  }
}

TEST(Workloads, an_unknown_name_and_a_missing_trace_are_errors_that_name_them) {
  const auto unknown = make_workload("mixed_51", kTestScale, ASSAY_TRACES);
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().starts_with("there is no workload 'mixed_51'; known: single_pair, "));
  const auto missing = make_workload("trace_pgbench", kTestScale, "/nowhere");
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().starts_with("/nowhere/pgbench.opsb: cannot open"));
}

}  // namespace
}  // namespace assay
