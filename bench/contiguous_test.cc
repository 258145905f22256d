/// Success by length and occupancy, with failures told apart: nothing existed, or it was missed.
#include "bench/contiguous.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "impls/designs.h"

namespace assay {
namespace {

constexpr Arena kArena{.base = Pfn{0}, .frames = FrameCount{1024}};

/// Serves no request for 8 frames, and says that longer runs than one frame are not all found.
class MissesEight : public Bitmap<> {
 public:
  static constexpr Contract contract{.finds_longer_runs = false};
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    return count == FrameCount{8} ? Pfn::none() : Bitmap<>::allocate(count, alignment);
  }
};

/// The same, but promises all.
class MissesInSilence : public MissesEight {
 public:
  static constexpr Contract contract{};
};

/// Gives out frame 5, whoever has it.
class GivesFive : public Bitmap<> {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn first = Bitmap<>::allocate(count, alignment);
    return first.is_none() ? first : Pfn{5};
  }
};

template <class Design>
ContiguousResult measured(const char* name, const Arena& arena = kArena) {
  HostMemory memory;
  return measure_contiguous(contestant<Design>(name), arena, memory);
}

TEST(Contiguous, every_request_is_served_or_fails_for_one_of_two_reasons) {
  const ContiguousResult result = measured<Bitmap<>>("bitmap");
  ASSERT_EQ(result.oracle, "pass");
  EXPECT_EQ(result.reason_for_missing, "");
  ASSERT_EQ(result.cells.size(), 8 * 10U);
  std::uint32_t none_existed = 0;
  for (const ContiguousCell& cell : result.cells) {
    EXPECT_GE(cell.requests, 50U);
    EXPECT_EQ(cell.served + cell.none_existed + cell.missed, cell.requests);
    EXPECT_EQ(cell.missed, 0U) << "it promises to find every run";
    none_existed += cell.none_existed;
    if (cell.frames == 1) {
      EXPECT_EQ(cell.served, cell.requests) << cell.occupancy_percent;
    }
    // At 99 % of 1024 frames ten or so are free.
    if (cell.occupancy_percent == 99 && cell.frames >= 64) {
      EXPECT_EQ(cell.served, 0U);
    }
  }
  EXPECT_GT(none_existed, 0U);
}

TEST(Contiguous, the_occupancy_is_held_while_blocks_come_and_go) {
  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  HostMemory memory;
  const AnyDesign design = bitmap.any();
  const ContiguousResult result = write_contiguous(kArena, {&design, &memory}, design.contract);
  std::vector<std::uint32_t> used_at_probes;
  const auto look = [&](const StepView& step) {
    // Blocks of the mix have at most 16 frames here; a probe for 256 fails where 10 are free.
    if (step.operation.kind == OperationKind::alloc && step.operation.count == FrameCount{256}) {
      used_at_probes.push_back(step.model.used_frames().value());
    }
  };
  ASSERT_TRUE(bitmap.judge(memory, result.workload.sequence, look).verdict.passed());
  ASSERT_EQ(used_at_probes.size(), 8 * 64U);
  for (std::size_t i = 7 * 64; i < 8 * 64; ++i) {
    EXPECT_LE(used_at_probes[i], 1024 * 99 / 100U);
    EXPECT_GE(used_at_probes[i], 1024 * 99 / 100U - 16);
  }
}

TEST(Contiguous, a_run_that_existed_and_was_not_found_counts_as_missed) {
  const ContiguousResult result = measured<MissesEight>("misses");
  ASSERT_EQ(result.oracle, "pass") << "its contract says so";
  EXPECT_EQ(result.reason_for_missing, "it says so of single frames only");
  for (const ContiguousCell& cell : result.cells) {
    if (cell.frames != 8) {
      EXPECT_EQ(cell.missed, 0U) << cell.frames;
      continue;
    }
    EXPECT_EQ(cell.served, 0U);
    if (cell.occupancy_percent == 50) {
      EXPECT_EQ(cell.missed, cell.requests);
    }
  }
}

TEST(Contiguous, buddy_misses_runs_that_lie_askew_and_its_contract_says_why) {
  const ContiguousResult result = measured<Buddy<>>("buddy", {.frames = FrameCount{4096}});
  ASSERT_EQ(result.oracle, "pass");
  EXPECT_EQ(result.reason_for_missing, "it looks only at multiples of what it grants");
  std::uint32_t missed = 0;
  for (const ContiguousCell& cell : result.cells) {
    missed += cell.missed;
    if (cell.frames == 1) {
      EXPECT_EQ(cell.missed, 0U);
    }
  }
  EXPECT_GT(missed, 0U);
}

TEST(Contiguous, who_breaks_the_contract_has_a_verdict_and_no_cells) {
  const ContiguousResult silent = measured<MissesInSilence>("silent");
  EXPECT_TRUE(silent.oracle.starts_with("C2: op ")) << silent.oracle;
  EXPECT_TRUE(silent.cells.empty());
  const ContiguousResult twice = measured<GivesFive>("five");
  EXPECT_TRUE(twice.oracle.starts_with("C1: op ")) << twice.oracle;
  EXPECT_TRUE(twice.cells.empty());
}

TEST(Contiguous, nothing_is_asked_for_that_a_contract_does_not_cover) {
  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  HostMemory memory;
  const AnyDesign design = bitmap.any();
  Contract singles;
  singles.max_block = FrameCount{1};
  const ContiguousResult result = write_contiguous(kArena, {&design, &memory}, singles);
  EXPECT_EQ(result.cells.size(), 8U);
  for (const Operation& operation : result.workload.sequence.operations) {
    if (operation.kind == OperationKind::alloc) {
      ASSERT_EQ(operation.count, FrameCount{1});
    }
  }
}

TEST(Contiguous, larger_arenas_than_can_be_searched_are_cut) {
  EXPECT_EQ(contiguous_scale({.frames = 1U << 22, .operations = 1, .trace_operations = 1}).frames,
            1U << 18);
  EXPECT_EQ(contiguous_scale(kQuickScale).frames, kQuickScale.frames);
}

TEST(Contiguous, the_document_names_the_sequence_that_can_be_replayed) {
  const Contestant bitmap = contestant<Bitmap<>>("bitmap");
  const std::vector<const Contestant*> everybody{&bitmap, &reference()};
  const auto entries = measure_contiguous(everybody, kSmokeScale);
  const auto json = nlohmann::json::parse(to_json(kSmokeScale, entries));
  EXPECT_EQ(json["seed"], kContiguousSeed);
  EXPECT_EQ(json["frames"], 1024);
  ASSERT_EQ(json["entries"].size(), 1U) << "the stack finds no runs";
  const auto& entry = json["entries"][0];
  EXPECT_EQ(entry["sequence"], "contiguous.bitmap.opsb");
  EXPECT_TRUE(entry["reason_for_missing"].is_null());
  EXPECT_EQ(entry["cells"][0]["occupancy"], 0.5);
}

}  // namespace
}  // namespace assay
