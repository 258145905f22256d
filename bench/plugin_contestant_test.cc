/// A plug-in has a number where its contract reaches and the oracle passed it, and nowhere else.
#include "bench/plugin_contestant.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bench/catalogue.h"
#include "bench/cell.h"
#include "bench/contiguous.h"
#include "bench/results.h"
#include "oracle/host/fit.h"

namespace assay {
namespace {

constexpr double kRepetitionNs = 1e5;

/// What the adapters below write to: a plug-in's data.
struct Data {
  std::uint32_t free[1U << 13];
  std::uint32_t count;
  std::uint32_t allocations;  ///< since the data were put back
};
Data data;
struct assay_box box;
std::vector<std::uint32_t> sizes_freed;

void init(const assay_map* map) {
  const assay_run ram = map->usable[0];
  for (std::uint32_t i = 0; i < ram.count; ++i) data.free[data.count++] = ram.first + i;
}
std::uint32_t allocate(std::uint32_t /*count*/, std::uint32_t /*alignment*/) {
  ++data.allocations;
  return data.count > 0 ? data.free[--data.count] : ASSAY_NONE;
}
std::int64_t release(std::uint32_t first) {
  data.free[data.count++] = first;
  return ASSAY_DONE;
}

std::uint32_t allocate_or_panic(std::uint32_t count, std::uint32_t alignment) {
  if (data.count == 0) box.services->panicked("no page left");
  return allocate(count, alignment);
}
/// Takes no notice of anything.
std::uint32_t allocate_the_same(std::uint32_t /*count*/, std::uint32_t /*alignment*/) {
  return data.free[0];
}
std::uint32_t allocate_and_die(std::uint32_t count, std::uint32_t alignment) {
  if (data.allocations == 100) __builtin_trap();
  return allocate(count, alignment);
}
/// Hands out the frames one behind the other.
std::uint32_t allocate_run(std::uint32_t count, std::uint32_t /*alignment*/) {
  const std::uint32_t first = data.free[0] + data.count;
  data.count += count;
  return first;
}
std::int64_t release_sized(std::uint32_t /*first*/, std::uint32_t count) {
  sizes_freed.push_back(count);
  return count;
}

/// A sound adapter of single frames.
assay_plugin single_frames() {
  assay_plugin adapter = {};
  adapter.version = ASSAY_PLUGIN_VERSION;
  adapter.bytes = sizeof adapter;
  adapter.contract.largest_run = 1;
  adapter.init = &init;
  adapter.allocate = &allocate;
  adapter.free = &release;
  return adapter;
}

/// Loaded, and for as long as a test needs it.
class Loaded {
 public:
  explicit Loaded(const assay_plugin& adapter)
      : adapter_(adapter),
        data_{std::as_writable_bytes(std::span(&data, 1))},
        saved_(2 * sizeof(Data)),
        plugin_((data = {}, adapter_), box, check_adapter(adapter_).contract, data_, saved_, [] {}),
        contestant_(plugin_contestant("theirs", plugin_)) {}

  [[nodiscard]] const Contestant& contestant() const { return contestant_; }
  [[nodiscard]] const Contract& contract() const { return plugin_.contract; }

 private:
  assay_plugin adapter_;
  std::vector<std::span<std::byte>> data_;
  std::vector<std::byte> saved_;
  Plugin plugin_;
  Contestant contestant_;
};

Workload workload_of(const std::string& name) {
  const auto catalogue = Catalogue::load(ASSAY_WORKLOADS);
  if (!catalogue) throw std::runtime_error(catalogue.error());
  auto workload = catalogue->make(name, kSmokeScale);
  if (!workload) throw std::runtime_error(workload.error());
  return std::move(*workload);
}

/// Where a plug-in takes it.
PreparedWorkload prepared(const std::string& name, const Contract& contract) {
  Workload workload = workload_of(name);
  workload.sequence.arena = arena_for(workload.sequence.arena, contract);
  auto ready = prepare(std::move(workload));
  if (!ready) throw std::runtime_error(ready.error());
  return std::move(*ready);
}

Cell judged(const Loaded& plugin, const PreparedWorkload& workload, const PreparedWorkload& pair) {
  Cell cell{.contestant = &plugin.contestant(), .prepared = &workload, .yardstick = &pair};
  HostMemory memory;
  judge(cell, memory, kRepetitionNs);
  return cell;
}

TEST(PluginContestant, a_sound_one_is_judged_and_timed_like_a_design) {
  const Loaded plugin(single_frames());
  const PreparedWorkload fill = prepared("fill", plugin.contract());
  const Cell cell = judged(plugin, fill, fill);
  EXPECT_TRUE(cell.passed()) << cell.oracle;
  EXPECT_EQ(cell.tally.allocated, kSmokeScale.frames);
  EXPECT_EQ(cell.used_at_end, FrameCount{kSmokeScale.frames}) << "it has no such count itself";
  EXPECT_EQ(cell.metadata_bytes, sizeof(Data));
  const auto json = nlohmann::json::parse(to_json({}, {fill}, {&cell, 1}));
  EXPECT_TRUE(json["cells"][0]["foreign"]);
}

TEST(PluginContestant, its_calls_are_timed_one_by_one_as_those_of_designs) {
  const Loaded plugin(single_frames());
  const PreparedWorkload fill = prepared("fill", plugin.contract());
  HostMemory memory;
  std::vector<TimedCall> times(fill.plan.measured.size());
  const Pass pass =
      plugin.contestant().time_calls(memory, fill.workload.sequence.arena, fill.plan, 1, times);
  EXPECT_EQ(pass.measured.allocated, kSmokeScale.frames);
  for (const TimedCall& time : times) EXPECT_EQ(time.is_call, 1U);
}

TEST(PluginContestant, its_data_are_put_back_before_each_pass) {
  const Loaded plugin(single_frames());
  const PreparedWorkload fill = prepared("fill", plugin.contract());
  HostMemory memory;
  for (int i = 0; i < 3; ++i) {
    const Pass pass = plugin.contestant().pass(memory, fill.workload.sequence.arena, fill.plan, 1);
    EXPECT_EQ(pass.measured.allocated, kSmokeScale.frames);
    EXPECT_EQ(data.allocations, kSmokeScale.frames);
  }
}

TEST(PluginContestant, a_wrong_one_has_a_verdict_and_no_number) {
  assay_plugin adapter = single_frames();
  adapter.allocate = &allocate_the_same;
  const Loaded plugin(adapter);
  const PreparedWorkload fill = prepared("fill", plugin.contract());
  const Cell cell = judged(plugin, fill, fill);
  EXPECT_TRUE(cell.oracle.starts_with("C1: op 2 ")) << cell.oracle;
  EXPECT_EQ(cell.passes, 0U);
}

TEST(PluginContestant, one_that_crashes_takes_nobody_along) {
  assay_plugin adapter = single_frames();
  adapter.allocate = &allocate_and_die;
  const Loaded plugin(adapter);
  const PreparedWorkload fill = prepared("fill", plugin.contract());
  EXPECT_TRUE(judged(plugin, fill, fill).oracle.starts_with("died of signal SIG"));
}

TEST(PluginContestant, one_that_panics_when_full_is_left_out_where_requests_fail) {
  assay_plugin adapter = single_frames();
  adapter.allocate = &allocate_or_panic;
  adapter.contract.out_of_memory = ASSAY_PANICS_WHEN_FULL;
  const Loaded plugin(adapter);
  const PreparedWorkload fill = prepared("fill", plugin.contract());
  const PreparedWorkload full = prepared("fail_full", plugin.contract());
  EXPECT_EQ(judged(plugin, fill, fill).oracle, "pass");
  const Cell cell = judged(plugin, full, fill);
  EXPECT_EQ(cell.left_out, kMayPanic);
  EXPECT_FALSE(cell.passed());
  const auto json = nlohmann::json::parse(to_json({}, {full}, {&cell, 1}));
  ASSERT_TRUE(json["cells"].empty()) << json["cells"];
  EXPECT_EQ(json["left_out"][0]["reason"], kMayPanic);
  EXPECT_NE(why_left_out(workload_of("fail_checkerboard"), plugin.contract()), "");
}

TEST(PluginContestant, it_is_asked_for_the_runs_that_its_contract_covers_unless_it_may_panic) {
  const Loaded plugin(single_frames());
  const std::vector<const Contestant*> one{&plugin.contestant()};
  const auto entries = measure_contiguous(one, kSmokeScale);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].result.oracle, "pass");
  ASSERT_EQ(entries[0].result.cells.size(), 8U) << "single frames, at each occupancy";
  for (const ContiguousCell& cell : entries[0].result.cells) EXPECT_EQ(cell.served, cell.requests);

  assay_plugin panicking = single_frames();
  panicking.contract.out_of_memory = ASSAY_PANICS_WHEN_FULL;
  const Loaded other(panicking);
  const std::vector<const Contestant*> panics{&other.contestant()};
  const auto json =
      nlohmann::json::parse(to_json(kSmokeScale, measure_contiguous(panics, kSmokeScale)));
  EXPECT_TRUE(json["entries"].empty());
  EXPECT_EQ(json["left_out"][0]["reason"], kMayPanic);
}

TEST(PluginContestant, one_that_crashes_is_not_asked_for_runs) {
  assay_plugin adapter = single_frames();
  adapter.allocate = &allocate_and_die;
  const Loaded plugin(adapter);
  const std::vector<const Contestant*> one{&plugin.contestant()};
  const auto entries = measure_contiguous(one, kSmokeScale);
  EXPECT_NE(entries[0].result.oracle, "pass");
  EXPECT_TRUE(entries[0].result.cells.empty());
}

TEST(PluginContestant, a_panic_while_it_is_timed_ends_the_pass_with_its_words) {
  assay_plugin adapter = single_frames();
  adapter.allocate = &allocate_or_panic;
  const Loaded plugin(adapter);
  const PreparedWorkload full = prepared("fail_full", plugin.contract());
  HostMemory memory;
  const Pass pass = plugin.contestant().pass(memory, full.workload.sequence.arena, full.plan, 1);
  EXPECT_EQ(pass.mishap, "no page left");
}

TEST(PluginContestant, who_wants_the_size_back_is_told_what_was_granted) {
  assay_plugin adapter = single_frames();
  adapter.contract.largest_run = ASSAY_ANY_LENGTH;
  adapter.contract.rounding = ASSAY_POWER_OF_TWO;
  adapter.allocate = &allocate_run;
  adapter.free = nullptr;
  adapter.free_sized = &release_sized;
  const Loaded plugin(adapter);
  Workload workload{.name = "sizes", .title = "", .question = ""};
  workload.sequence.arena = {.base = Pfn{64}, .frames = FrameCount{64}};
  for (const std::uint32_t frames : {1U, 5U, 8U}) workload.add_request(frames);
  for (std::uint32_t block = 0; block < 3; ++block) workload.add_free(block);
  const auto plan = make_plan(workload);
  ASSERT_TRUE(plan) << plan.error();
  HostMemory memory;
  sizes_freed.clear();
  const Pass pass = plugin.contestant().pass(memory, workload.sequence.arena, *plan, 1);
  EXPECT_EQ(pass.measured.freed, 3U);
  EXPECT_EQ(sizes_freed, (std::vector<std::uint32_t>{1, 8, 8}));
}

TEST(PluginContestant, an_arena_is_moved_but_never_made_smaller) {
  Contract contract{.foreign = true, .takes_frame_zero = false};
  const Arena arena{.frames = FrameCount{1000}};
  EXPECT_EQ(arena_for(arena, contract).base, Pfn{1024}) << "a multiple of all blocks' lengths";
  contract.base = Pfn{7};
  EXPECT_EQ(arena_for(arena, contract).base, Pfn{7});
  contract.max_frames = FrameCount{512};
  EXPECT_EQ(arena_for(arena, contract).frames, FrameCount{1000});
  EXPECT_EQ(arena_for(arena, Contract{}).base, Pfn{0}) << "who takes it has the designs' own";
}

TEST(PluginContestant, what_a_contract_does_not_cover_is_left_out_with_the_reason) {
  const Contract single{.max_block = FrameCount{1}, .foreign = true, .takes_frame_zero = false};
  EXPECT_EQ(why_left_out(workload_of("fill"), single), "");
  EXPECT_EQ(why_left_out(workload_of("mixed_50"), single),
            "up to 16 frames are asked for in a row; at most 1 are promised");
  const Contract small{.max_frames = FrameCount{512}, .foreign = true};
  EXPECT_EQ(why_left_out(workload_of("fill"), small),
            "the arena has 1024 frames; at most 512 are taken");
}

}  // namespace
}  // namespace assay
