// A design behind a table of calls behaves as the design itself.
#include "oracle/host/any_design.h"

#include <gtest/gtest.h>

#include "impls/bitmap/bitmap.h"
#include "oracle/host/registry.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

TEST(AnyDesignTest, a_trial_of_it_is_a_trial_of_the_design) {
  HostMemory memory;
  std::uint32_t designs = 0;
  for (const DesignEntry& entry : all_designs()) {
    if (entry.fast_run == nullptr) continue;
    ++designs;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const Sequence sequence = random_sequence(seed, 200, 100);
      const TrialResult itself = entry.fast_run(memory, sequence, kToTheEnd, {});
      const TrialResult behind_calls = run_trial(entry.design, memory, sequence);
      ASSERT_TRUE(itself.verdict.passed()) << entry.name << itself.verdict.text.c_str();
      ASSERT_EQ(behind_calls.hash, itself.hash) << entry.name << ", seed " << seed;
      ASSERT_EQ(behind_calls.outcomes, itself.outcomes) << entry.name << ", seed " << seed;
    }
  }
  EXPECT_GE(designs, 3U);
}

/// Notes what each call was told.
class Notes : public Bitmap<> {
 public:
  static constexpr Contract contract{.max_block = FrameCount{7}, .free_takes_size = true};

  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    last_ = Pfn{count.value()} + alignment;
    return last_;
  }
  FreeResult free(Pfn first, FrameCount count) {
    last_ = first + count;
    return count;
  }
  [[nodiscard]] std::optional<Run> block_at(Pfn pfn) const { return Run{last_, pfn - Pfn{0}}; }

 private:
  Pfn last_;
};

TEST(AnyDesignTest, calls_reach_the_object_with_what_they_were_told) {
  AnyDesign design = AnyDesign::of<Notes>();
  EXPECT_EQ(design.contract.max_block, FrameCount{7});
  EXPECT_EQ(design.allocate(FrameCount{3}, FrameCount{8}), Pfn{11});
  EXPECT_EQ(design.free(Pfn{5}, FrameCount{4}), FreeResult{FrameCount{4}});
  EXPECT_EQ(design.block_at(Pfn{2}), (assay::Run{Pfn{9}, FrameCount{2}}));
}

TEST(AnyDesignTest, a_copy_is_an_object_of_its_own) {
  const auto last_of = [](const AnyDesign& design) {
    return design.block_at(Pfn{0}).value_or(assay::Run{}).first;
  };
  AnyDesign one = AnyDesign::of<Notes>();
  one.allocate(FrameCount{1});
  AnyDesign other = one;
  EXPECT_EQ(last_of(other), Pfn{2});
  other.allocate(FrameCount{5});
  EXPECT_EQ(last_of(other), Pfn{6});
  EXPECT_EQ(last_of(one), Pfn{2});
}

/// One of a kind, as foreign code is.
class Foreign : public Notes {
 public:
  Contract contract{.foreign = true};

  [[nodiscard]] static std::uint64_t metadata_bytes(const MemoryMap& /*map*/) { return 24; }
  [[nodiscard]] Mishap mishap() const { return {Mishap::Kind::lock_held, "here"}; }
  void expect_panic() { ++expected; }
  [[nodiscard]] std::span<const assay::Run> kept() const { return {&one, 1}; }
  [[nodiscard]] std::span<const std::span<std::byte>> data() const { return {&bytes, 1}; }

  int expected = 0;
  assay::Run one{Pfn{3}, FrameCount{4}};
  std::span<std::byte> bytes{reinterpret_cast<std::byte*>(&one), sizeof one};
};

TEST(AnyDesignTest, copies_share_a_foreign_design) {
  Foreign foreign;
  AnyDesign one = AnyDesign::around(foreign);
  AnyDesign other = one;
  EXPECT_TRUE(one.contract.foreign);
  EXPECT_EQ(one.metadata_bytes({}), 24U);
  EXPECT_EQ(one.allocate(FrameCount{3}, FrameCount{8}), Pfn{11});
  EXPECT_EQ(other.block_at(Pfn{2}), (assay::Run{Pfn{11}, FrameCount{2}}));
  other.expect_panic();
  EXPECT_EQ(foreign.expected, 1);
  EXPECT_EQ(one.mishap().kind, Mishap::Kind::lock_held);
  EXPECT_EQ(one.kept().front(), foreign.one);
  EXPECT_EQ(one.data().front().data(), foreign.bytes.data());
}

TEST(AnyDesignTest, a_design_of_ours_has_no_mishaps_and_no_data_elsewhere) {
  AnyDesign design = AnyDesign::of<Bitmap<>>();
  design.expect_panic();
  EXPECT_EQ(design.mishap().kind, Mishap::Kind::none);
  EXPECT_TRUE(design.kept().empty());
  EXPECT_TRUE(design.data().empty());
}

}  // namespace
}  // namespace assay
