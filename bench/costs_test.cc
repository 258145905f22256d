/// What is counted beside the time: memory touched, instructions, the noise floor, an empty call.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/cell.h"
#include "bench/empty_call.h"
#include "bench/measurement.h"
#include "bench/noise.h"
#include "bench/results.h"
#include "impls/designs.h"

namespace assay {
namespace {

/// Asks for 16 pages more than it needs and touches one of them, and the frames that it hands out.
class Spendthrift : public Bitmap<> {
 public:
  static constexpr Contract contract{.link_bytes = 8};
  static constexpr std::size_t kPage = kFrameBytes;

  static std::uint64_t metadata_bytes(const MemoryMap& map) {
    EXPECT_LE(Bitmap<>::metadata_bytes(map), kPage);
    return 16 * kPage;
  }
  void init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
    window_ = window;
    metadata[9 * kPage] = std::byte{1};
    Bitmap<>::init(map, window, metadata.first(kPage));
  }
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn first = Bitmap<>::allocate(count, alignment);
    if (!first.is_none()) *window_(first) = std::byte{1};
    return first;
  }

 private:
  FrameWindow window_;
};

PreparedWorkload workload(std::uint32_t requests) {
  Workload made{.name = "some", .title = "", .question = ""};
  made.sequence.arena = {.base = Pfn{0}, .frames = FrameCount{1024}};
  for (std::uint32_t i = 0; i < requests; ++i) made.add_request(1);
  auto ready = prepare(std::move(made));
  if (!ready) throw std::runtime_error(ready.error());
  return std::move(*ready);
}

TEST(Touched, pages_count_that_a_pass_read_or_wrote_and_no_others) {
  const PreparedWorkload prepared = workload(7);
  const Arena& arena = prepared.workload.sequence.arena;
  const Contestant spendthrift = contestant<Spendthrift>("spendthrift");
  HostMemory memory;
  const Touched expected{.metadata_bytes = 2 * 4096, .frame_bytes = 7 * 4096};
  EXPECT_EQ(measure_touched(spendthrift, arena, prepared.plan, memory), expected);
  static_cast<void>(spendthrift.pass(memory, arena, prepared.plan, 1));
  EXPECT_EQ(measure_touched(spendthrift, arena, prepared.plan, memory), expected)
      << "what was touched before does not count";

  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  const auto touched = measure_touched(bitmap, arena, prepared.plan, memory);
  ASSERT_TRUE(touched);
  EXPECT_EQ(touched->metadata_bytes, 4096U);
  EXPECT_EQ(touched->frame_bytes, 0U) << "it has no business in frames";
}

TEST(Instructions, are_counted_or_the_machine_says_why_not) {
  const PreparedWorkload prepared = workload(100);
  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  Cell cell{.contestant = &bitmap, .prepared = &prepared, .yardstick = &prepared};
  HostMemory memory;
  judge(cell, memory, 1);
  count_costs(cell, memory);
  EXPECT_EQ(cell.instructions.has_value(), InstructionClock::why_not().empty());
  if (cell.instructions) {
    EXPECT_GT(*cell.instructions, 5) << "of each request";
    EXPECT_LT(*cell.instructions, 10'000);
  }
  RunFacts facts{.instructions_note = "none here"};
  const auto json = nlohmann::json::parse(to_json(facts, {prepared}, {&cell, 1}));
  EXPECT_EQ(json["instructions_note"], "none here");
  EXPECT_EQ(json["cells"][0]["instructions"].is_null(), !cell.instructions);
  EXPECT_EQ(json["cells"][0]["touched"]["metadata_bytes"], 4096);
}

/// Counts as InstructionClock does, for those who perform 3 instructions a request.
struct ModelClock {
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<ModelClock>;
  static time_point now() { return time_point{elapsed}; }
  inline static duration elapsed{};
};
class ThreeEach : public Bitmap<> {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    ModelClock::elapsed += std::chrono::nanoseconds{3};
    return Bitmap<>::allocate(count, alignment);
  }
};

TEST(Instructions, what_the_counter_says_is_divided_by_what_was_done) {
  const PreparedWorkload prepared = workload(100);
  HostMemory memory;
  const Pass pass =
      run_pass<ThreeEach, ModelClock>(memory, prepared.workload.sequence.arena, prepared.plan, 1);
  EXPECT_DOUBLE_EQ(pass.nanoseconds / units_of(prepared.workload, pass.measured), 3);
}

TEST(Noise, is_how_far_two_cells_lie_apart_that_are_the_same) {
  const PreparedWorkload prepared = workload(4);
  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  const Cell design{
      .contestant = &bitmap, .prepared = &prepared, .yardstick = &prepared, .oracle = "pass"};
  Cell stack = design;
  stack.contestant = &reference();
  Cell empty = design;
  empty.contestant = &empty_call();
  std::vector<Cell> cells{design, empty, stack};
  std::vector<Cell> seconds = second_entries(cells);
  ASSERT_EQ(seconds.size(), 1U);
  EXPECT_EQ(seconds[0].contestant, &reference()) << "the stack, where it has a cell";
  EXPECT_TRUE(seconds[0].is_second);

  cells[2].repetitions_ns = {10, 8, 11};
  cells[2].repetitions_ratio = {1, 1, 1};
  seconds[0].repetitions_ns = {12, 12.5, 11};
  seconds[0].repetitions_ratio = {0.9, 0.95, 0.95};
  const auto json = nlohmann::json::parse(to_json({}, {prepared}, cells, seconds));
  const auto& shown = json["workloads"][0];
  EXPECT_EQ(shown["noise_of"], "reference_stack");
  EXPECT_NEAR(shown["noise_floor"], 0.2, 1e-12) << "12 against 10";
  EXPECT_NEAR(shown["noise_floor_ratio"], 0.05, 1e-12);
  EXPECT_NEAR(shown["noise_spread"], 0.1, 1e-12) << "1 of 10; the other has 0.5 of 12";
  EXPECT_EQ(json["cells"].size() + json["references"].size(), 3U) << "the second is no cell";

  const std::vector<Cell> without_stack{design};
  EXPECT_EQ(second_entries(without_stack)[0].contestant, &bitmap);
  Cell failed = design;
  failed.oracle = "C1: …";
  EXPECT_TRUE(second_entries({&failed, 1}).empty());
}

TEST(Noise, a_second_entry_is_measured_as_a_cell_of_its_own) {
  const PreparedWorkload prepared = workload(4);
  Cell cell{.contestant = &reference(), .prepared = &prepared, .yardstick = &prepared};
  HostMemory memory;
  judge(cell, memory, 1);
  std::vector<Cell> cells{cell};
  cells.push_back(second_entries(cells)[0]);
  static_cast<void>(measure(cells, memory, 3, [](auto, auto, const Cell&) {}));
  EXPECT_EQ(cells[0].repetitions_ns.size(), 3U);
  EXPECT_EQ(cells[1].repetitions_ns.size(), 3U);
}

TEST(EmptyCall, serves_everything_and_is_timed_like_the_stack) {
  Workload made{.name = "runs", .title = "", .question = ""};
  made.sequence.arena = {.base = Pfn{0}, .frames = FrameCount{8}};
  for (std::uint32_t i = 0; i < 20; ++i) {
    made.add_request(5);
    made.add_free(i);
  }
  const auto prepared = prepare(std::move(made));
  ASSERT_TRUE(prepared);
  HostMemory memory;
  const Pass pass = empty_call().pass(memory, prepared->workload.sequence.arena, prepared->plan, 1);
  EXPECT_EQ(pass.measured, (Tally{.allocated = 20, .failed = 0, .freed = 20}));
}

}  // namespace
}  // namespace assay
