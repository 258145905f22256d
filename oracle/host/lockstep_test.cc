// Designs in lockstep: right ones pass and hold the same blocks, a wrong one among them is named,
// by its own oracle and, where that is silent, by what is compared.
#include "oracle/host/lockstep.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "impls/designs.h"
#include "oracle/host/registry.h"
#include "oracle/test_sequence.h"
#include "oracle/zoo/zoo.h"

namespace assay {
namespace {

using Oracles = Lockstep::Oracles;

Sequence from_text(const std::string& text) {
  auto sequence = parse_text("assay-ops 1\n" + text);
  EXPECT_TRUE(sequence) << sequence.error();
  return *sequence;
}

/// The designs on trial, and in their midst a member of the zoo.
template <class Member>
std::vector<NamedDesign> with(const char* name) {
  const std::span<const NamedDesign> designs = lockstep_designs();
  std::vector<NamedDesign> mixed(designs.begin(), designs.end());
  mixed.insert(mixed.begin() + 2, {name, AnyDesign::of<Member>()});
  return mixed;
}

template <class Member>
std::vector<NamedDesign> alone(const char* name) {
  return {{name, AnyDesign::of<Member>()}};
}

/// What the first of the random sequences shows that shows anything.
Verdict hunt(std::span<const NamedDesign> designs, Oracles oracles,
             std::uint64_t sequences = 3000) {
  Lockstep lockstep(designs, oracles);
  for (std::uint64_t seed = 1; seed <= sequences; ++seed) {
    const LockstepResult result = lockstep.run(random_sequence(seed, 40, 60));
    if (!result.verdict.passed()) return result.verdict;
  }
  return {};
}

TEST(LockstepTest, all_designs_pass_random_sequences) {
  constexpr std::uint64_t kSequences = 3000;
  fmt::print("seeds 1 to {}\n", kSequences);
  Lockstep lockstep;
  LockstepOutcomes sum;
  for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
    const std::uint32_t frames = seed % 16 == 0 ? 1024 : 80;
    lockstep.set_depth({.each_frame = seed % 32 == 0});
    const LockstepResult result = lockstep.run(random_sequence(seed, frames, 80));
    ASSERT_TRUE(result.verdict.passed()) << "seed " << seed << ": " << result.verdict.text.c_str();
    sum.together += result.outcomes.together;
    sum.undone += result.outcomes.undone;
    for (std::size_t i = 0; i < sum.measured.size(); ++i) {
      sum.measured[i] += result.outcomes.measured[i];
    }
  }
  EXPECT_GT(sum.together, 10 * sum.undone);
  for (std::size_t i = 0; i < lockstep_designs().size(); ++i) {
    fmt::print("{} served {} of {} that not all could serve\n", lockstep_designs()[i].name,
               sum.measured[i], sum.undone);
    EXPECT_GT(sum.measured[i], 0U) << lockstep_designs()[i].name;
    EXPECT_LT(sum.measured[i], sum.undone) << lockstep_designs()[i].name;
  }
}

TEST(LockstepTest, what_only_some_can_serve_is_undone) {
  // From frame 1, buddy has no four frames at a multiple of four; the others have.
  const Sequence sequence = from_text(
      "base 1\nframes 6\nhole 4 1\n"
      "a = alloc 3\nfree a\nfree a+1\nb = exhaust 1\nfree all\n");
  Lockstep lockstep;
  const LockstepResult result = lockstep.run(sequence);
  ASSERT_TRUE(result.verdict.passed()) << result.verdict.text.c_str();
  EXPECT_EQ(result.outcomes.undone, 1U);
  EXPECT_EQ(result.outcomes.together, 5U);
  EXPECT_EQ(result.outcomes.calls.skipped, 2U);  // a was never made
  for (std::size_t i = 0; i < lockstep_designs().size(); ++i) {
    const std::string name = lockstep_designs()[i].name;
    EXPECT_EQ(result.outcomes.measured[i], name == "buddy" ? 0U : 1U) << name;
  }
}

TEST(LockstepTest, an_exhaust_ends_with_what_not_all_have) {
  // Of seven frames in a row buddy uses four for three.
  const Sequence sequence = from_text("base 0\nframes 7\na = exhaust 3\nfree a.0\nfree a.1\n");
  Lockstep lockstep;
  const LockstepResult result = lockstep.run(sequence);
  ASSERT_TRUE(result.verdict.passed()) << result.verdict.text.c_str();
  EXPECT_EQ(result.outcomes.together, 1U);
  EXPECT_EQ(result.outcomes.undone, 1U);
  EXPECT_EQ(result.outcomes.calls.skipped, 1U);
}

TEST(LockstepTest, the_single_frame_that_rounding_takes_is_no_fault) {
  const Sequence sequence = from_text("base 0\nframes 4\na = alloc 3\nb = alloc 1\nc = alloc 1\n");
  Lockstep lockstep;
  const LockstepResult result = lockstep.run(sequence);
  EXPECT_TRUE(result.verdict.passed()) << result.verdict.text.c_str();
  EXPECT_EQ(result.outcomes.undone, 2U);
}

TEST(LockstepTest, a_wrong_design_is_named_by_its_own_oracle) {
  const std::vector<NamedDesign> designs = with<Canary>("canary");
  Lockstep lockstep(designs);
  const Verdict verdict =
      lockstep.run(from_text("base 0\nframes 2\na = alloc 2\nfree a+1\n")).verdict;
  EXPECT_EQ(key_of("lockstep", verdict), "lockstep-C5-canary-free-released");
  EXPECT_STREQ(verdict.text.c_str(),
               "C5: op 2 'free a+1': canary: released 2 frames, but frame 1 is inside the block "
               "0..1");
}

TEST(LockstepTest, a_call_that_does_not_return_is_a_verdict) {
  const Verdict verdict = hunt(with<CircularList>("circular_list"), Oracles::judge);
  EXPECT_EQ(verdict.clause, Clause::hang);
  EXPECT_STREQ(verdict.design, "circular_list");
}

/// As good as a TagBitmap until a block of two frames is freed; then a frame is gone for ever.
class FrameVanishes : public TagBitmap<> {
 public:
  FreeResult free(Pfn first) {
    const FreeResult result = TagBitmap<>::free(first);
    if (result == FrameCount{2}) gone_ = FrameCount{1};
    return result;
  }
  [[nodiscard]] FrameCount free_frames() const { return TagBitmap<>::free_frames() - gone_; }
  [[nodiscard]] FrameCount managed_frames() const { return TagBitmap<>::managed_frames() - gone_; }

 private:
  FrameCount gone_;
};

/// Says too little of its longest run once a frame has been handed out.
class RunForgotten : public TagBitmap<> {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    const Pfn got = TagBitmap<>::allocate(count, alignment);
    if (!got.is_none()) gone_ = FrameCount{1};
    return got;
  }
  [[nodiscard]] FrameCount largest_free_run() const {
    return TagBitmap<>::largest_free_run() - gone_;
  }

 private:
  FrameCount gone_;
};

/// Calls holes outside, whatever frame in them it is told to free.
class HoleCalledOutside : public TagBitmap<> {
 public:
  FreeResult free(Pfn first) {
    const FreeResult result = TagBitmap<>::free(first);
    if (result || result.error() != Misuse::reserved) return result;
    return std::unexpected(Misuse::outside_arena);
  }
};

TEST(LockstepTest, what_is_compared_finds_a_wrong_design_without_any_oracle) {
  const struct {
    std::vector<NamedDesign> designs;
    const char* key;
  } cases[] = {
      {with<ExactFitRefused>("wrong"), "lockstep-C2-wrong-end-missed"},
      {with<LockLeftHeld>("wrong"), "lockstep-C2-wrong-allocate-missed"},
      {with<ReservedHandedOut>("wrong"), "lockstep-C1-wrong-allocate-overlaps"},
      {with<NothingGrantedUnreserved>("wrong"), "lockstep-C6-wrong-allocate-granted"},
      {with<OddAlignmentServed>("wrong"), "lockstep-C6-wrong-allocate-granted"},
      {with<RefusedAfterRelease>("wrong"), "lockstep-C4-wrong-free-refused"},
      {with<FirstFrameReleased>("wrong"), "lockstep-C4-wrong-free-wrong_size"},
      {with<Canary>("wrong"), "lockstep-C5-wrong-free-released"},
      {with<InnerFreeMisnamed>("wrong"), "lockstep-C5-wrong-free-misnamed"},
      {with<HoleCalledOutside>("wrong"), "lockstep-C5-wrong-free-misnamed"},
      {with<FailureCountedAsUse>("wrong"), "lockstep-C3-wrong-allocate-used_frames"},
      {with<UseDriftsAtFree>("wrong"), "lockstep-C7-wrong-free-used_frames"},
      {with<BatchedCountDrifts>("wrong"), "lockstep-C7-wrong-free-free_frames"},
      {with<LastFrameLost>("wrong"), "lockstep-C8-wrong-init-managed_frames"},
      {with<GrowthNotManaged>("wrong"), "lockstep-C8-wrong-grow-managed_frames"},
      {with<FrameVanishes>("wrong"), "lockstep-C7-wrong-free-managed_frames"},
      {with<RunForgotten>("wrong"), "lockstep-C7-wrong-free-largest_free_run"},
      {alone<FrameVanishes>("wrong"), "lockstep-C13-wrong-end-free_frames"},
      {alone<RunForgotten>("wrong"), "lockstep-C13-wrong-end-largest_free_run"},
      {alone<HoleMerged>("wrong"), "lockstep-C4-wrong-free-wrong_size"},
      {alone<SizeUnderflow>("wrong"), "lockstep-C1-wrong-allocate-overlaps"},
  };
  for (const auto& [designs, key] : cases) {
    const Verdict verdict = hunt(designs, Oracles::silent);
    EXPECT_EQ(key_of("lockstep", verdict), key) << verdict.text.c_str();
  }
}

TEST(LockstepTest, a_free_of_one_block_is_compared_before_the_counts) {
  const std::vector<NamedDesign> designs = alone<FirstFrameReleased>("wrong");
  Lockstep lockstep(designs, Oracles::silent);
  const Verdict verdict = lockstep.run(from_text("frames 8\na = alloc 4\nfree a\n"), 2).verdict;
  EXPECT_STREQ(verdict.text.c_str(),
               "C4: op 2 'free a': wrong: released 1 frames, but the block has 4");
}

TEST(LockstepTest, the_zoo_is_named_and_caught_by_the_clause_that_catches_it_alone) {
  for (const DesignEntry& member : all_designs()) {
    if (!member.in_zoo() || member.fault->is_hard()) continue;
    if (member.fault->must_be_caught_by() != Hunter::explorer) continue;
    if (member.contract().foreign) continue;  // in lockstep is only who promises everything
    // Under AddressSanitizer a wrong access ends the process; a hang takes seconds.
    if (member.fault->clause == Clause::memory || member.fault->check == Check::hang) continue;
    std::vector<NamedDesign> designs = with<Canary>("canary");
    designs[2] = {member.name, member.design};
    const Verdict verdict = hunt(designs, Oracles::judge);
    EXPECT_EQ(verdict.clause, member.fault->clause) << member.name << verdict.text.c_str();
    EXPECT_STREQ(verdict.design, member.name) << verdict.text.c_str();
  }
}

/// It would be wrong to let the others grow.
class CannotGrow : public TagBitmap<> {
 public:
  static constexpr Contract contract{.can_grow = false};
};

/// What it gave up of a block, the others would still hold.
class FreesParts : public TagBitmap<> {
 public:
  static constexpr Contract contract{.frees_parts = true};
};

TEST(LockstepTest, what_one_does_not_promise_is_asked_of_nobody) {
  const Sequence sequence =
      from_text("base 0\nframes 8\nhole 6 2\na = alloc 4\ngrow 6 2\nfree a+1\nfree @63\n");
  const LockstepResult all = Lockstep().run(sequence);
  EXPECT_EQ(all.outcomes.calls.grown, lockstep_designs().size());
  EXPECT_EQ(all.outcomes.calls.refused, 2 * lockstep_designs().size());
  const std::vector<NamedDesign> fixed = with<CannotGrow>("cannot_grow");
  const LockstepResult none_grows = Lockstep(fixed).run(sequence);
  EXPECT_TRUE(none_grows.verdict.passed()) << none_grows.verdict.text.c_str();
  EXPECT_EQ(none_grows.outcomes.calls.grown, 0U);
  const std::vector<NamedDesign> parts = with<FreesParts>("frees_parts");
  const LockstepResult no_strays = Lockstep(parts).run(sequence);
  EXPECT_TRUE(no_strays.verdict.passed()) << no_strays.verdict.text.c_str();
  EXPECT_EQ(no_strays.outcomes.calls.refused, 0U);
  EXPECT_EQ(no_strays.outcomes.calls.unpromised, 2U);
}

TEST(LockstepTest, is_a_judge_by_name_and_no_design) {
  ASSERT_NE(find_judge("lockstep"), nullptr);
  EXPECT_EQ(find_judge("bitmap"), find_design("bitmap"));
  EXPECT_EQ(find_design("lockstep"), nullptr);
  HostMemory memory;
  std::uint32_t steps = 0;
  const Observer count = [&](const StepView& step) { steps += step.passed ? 1 : 0; };
  const Sequence sequence = random_sequence(1, 40, 60);
  const TrialResult result = find_judge("lockstep")->run(memory, sequence, 20, count);
  EXPECT_TRUE(result.verdict.passed());
  EXPECT_EQ(steps, 20U);
  EXPECT_EQ(result.hash, find_judge("lockstep")->run(memory, sequence, 20).hash);
}

TEST(AgreementTest, the_most_are_right_and_the_first_of_equals) {
  const auto dissent_in = [](std::vector<std::optional<std::int64_t>> answers) {
    const std::optional<Dissent> dissent = find_dissent(answers);
    return dissent ? fmt::format("{} with {}", dissent->who, dissent->with) : "none";
  };
  EXPECT_EQ(dissent_in({}), "none");
  EXPECT_EQ(dissent_in({std::nullopt, 4, std::nullopt, 4}), "none");
  EXPECT_EQ(dissent_in({5, 4, 4}), "0 with 1");
  EXPECT_EQ(dissent_in({5, std::nullopt, 4}), "2 with 0");
  EXPECT_EQ(dissent_in({4, 4, 5, 5, 6}), "2 with 0");
}

}  // namespace
}  // namespace assay
