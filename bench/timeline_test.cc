/// What a timeline shows is what calls returned, at evenly spaced operations.
#include "bench/timeline.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "impls/designs.h"

namespace assay {
namespace {

Sequence parsed(const std::string& text) {
  auto sequence = parse_text(text);
  if (!sequence) throw std::runtime_error(sequence.error());
  return std::move(*sequence);
}

/// Says nothing true of its counts.
class Liar : public Bitmap<> {
 public:
  [[nodiscard]] FrameCount used_frames() const { return FrameCount{7}; }
  [[nodiscard]] FrameCount free_frames() const { return FrameCount{7}; }
  [[nodiscard]] FrameCount largest_free_run() const { return FrameCount{7}; }
};

constexpr const char* kShort =
    "assay-ops 1\nbase 0\nframes 64\n"
    "a = alloc 16\nb = alloc 8\nc = alloc 64\nfree a\nfree c\n";

TEST(Timeline, each_operation_of_a_short_sequence_is_a_sample_whatever_the_design_says) {
  const Contestant liar = contestant<Liar>("liar");
  HostMemory memory;
  const auto timeline = follow(liar, parsed(kShort), memory);
  ASSERT_TRUE(timeline) << timeline.error();
  EXPECT_EQ(timeline->usable, FrameCount{64});
  ASSERT_EQ(timeline->samples.size(), 5U);
  std::vector<std::uint32_t> operations, used, largest, failed;
  for (const TimelineSample& sample : timeline->samples) {
    operations.push_back(sample.operation);
    used.push_back(sample.used.value());
    largest.push_back(sample.largest_free_run.value());
    failed.push_back(sample.failed);
    EXPECT_EQ(sample.used + sample.free, FrameCount{64});
  }
  using Values = std::vector<std::uint32_t>;
  EXPECT_EQ(operations, (Values{1, 2, 3, 4, 5}));
  EXPECT_EQ(used, (Values{16, 24, 24, 8, 8}));
  EXPECT_EQ(failed, (Values{0, 0, 1, 1, 1}));
  EXPECT_EQ(largest, (Values{48, 40, 40, 40, 40}));
  EXPECT_DOUBLE_EQ(*timeline->samples[3].unusable_4, 8.0 / 56);
  EXPECT_EQ(timeline->samples[3].free_huge_share, std::nullopt);
}

TEST(Timeline, a_design_that_rounds_uses_what_it_grants) {
  const Contestant buddy = contestant<Buddy<>>("buddy");
  HostMemory memory;
  const auto timeline =
      follow(buddy, parsed("assay-ops 1\nbase 0\nframes 64\na = alloc 9\nfree a\n"), memory);
  ASSERT_TRUE(timeline) << timeline.error();
  EXPECT_EQ(timeline->samples[0].used, FrameCount{16});
  EXPECT_EQ(timeline->samples[1].used, FrameCount{0});
}

TEST(Timeline, samples_and_columns_lie_evenly_and_the_last_behind_the_last_operation) {
  std::string text = "assay-ops 1\nbase 0\nframes 16\n";
  for (int i = 0; i < 10; ++i) text += "x" + std::to_string(i) + " = alloc 1\n";
  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  HostMemory memory;
  const auto timeline =
      follow(bitmap, parsed(text), memory, {.samples = 4, .columns = 2, .rows = 4});
  ASSERT_TRUE(timeline) << timeline.error();
  std::vector<std::uint32_t> samples;
  for (const TimelineSample& sample : timeline->samples) samples.push_back(sample.operation);
  EXPECT_EQ(samples, (std::vector<std::uint32_t>{2, 5, 7, 10}));
  ASSERT_EQ(timeline->heatmap.size(), 2U);
  EXPECT_EQ(timeline->heatmap[0].operation, 5U);
  ASSERT_EQ(timeline->heatmap[1].used.size(), 4U);
  double used = 0;
  for (const auto& share : timeline->heatmap[1].used) used += share.value() * 4;
  EXPECT_DOUBLE_EQ(used, 10);
}

TEST(Timeline, only_cells_that_the_oracle_passed_have_one) {
  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  Workload workload{.name = "short", .title = "", .question = ""};
  workload.sequence = parsed(kShort);
  workload.first_measured = 2;
  const auto ready = prepare(std::move(workload));
  ASSERT_TRUE(ready) << ready.error();
  const Cell good{.contestant = &bitmap, .prepared = &*ready, .yardstick = {}, .oracle = "pass"};
  const Cell bad{.contestant = &bitmap, .prepared = &*ready, .yardstick = {}, .oracle = "C1: …"};
  const Cell stack{
      .contestant = &reference(), .prepared = &*ready, .yardstick = {}, .oracle = "pass"};
  HostMemory memory;
  const std::vector<Cell> cells{bad, good, stack};
  const auto json = nlohmann::json::parse(timelines_json(
      cells, memory, [](auto, std::size_t total, const Cell&) { EXPECT_EQ(total, 1U); }));
  ASSERT_EQ(json["entries"].size(), 1U);
  const auto& entry = json["entries"][0];
  EXPECT_EQ(entry["sequence"], "short.opsb");
  EXPECT_EQ(entry["first_measured"], 3);
  EXPECT_EQ(entry["operations"], 5);
  EXPECT_EQ(entry["samples"]["unusable"]["4"], (std::vector<double>{0, 0.2, 0.2, 0.143, 0.143}));
  EXPECT_TRUE(entry["samples"]["moves"][0].is_null()) << "the arena has no huge frame";
  EXPECT_EQ(entry["heatmap"]["columns"], 5);
  EXPECT_EQ(entry["heatmap"]["rows"], 64);
  EXPECT_EQ(entry["heatmap"]["used"][4].size(), 64U);
}

}  // namespace
}  // namespace assay
