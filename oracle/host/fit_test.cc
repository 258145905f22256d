// Whatever arena a sequence has, a fitted one is valid and is taken; one that is taken stays as it
// is.
#include "oracle/host/fit.h"

#include <gtest/gtest.h>

#include "oracle/operations/generator.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

constexpr Contract kForeign{.foreign = true, .takes_frame_zero = false};

Contract with(auto change) {
  Contract contract = kForeign;
  change(contract);
  return contract;
}

const Contract kContracts[] = {
    with([](Contract&) {}),
    with([](Contract& c) { c.min_frames = c.max_frames = FrameCount{64}; }),
    with([](Contract& c) { c.min_frames = FrameCount{100}; }),
    with([](Contract& c) { c.base = Pfn{0x80000}; }),
    with([](Contract& c) { c.base_multiple = FrameCount{1024}; }),
    with([](Contract& c) { c.takes_holes = false; }),
    with([](Contract& c) {
      c.takes_holes = false;
      c.base = Pfn{1};
      c.max_frames = FrameCount{3};
    }),
};

Sequence sequence_of(std::uint64_t seed) {
  Random random(seed);
  Sequence sequence{.arena = random_arena(random, 300), .operations = {}};
  for (int i = 0; i < 8; ++i) {
    sequence.operations.push_back(random_operation(random, sequence.arena, 0, {}));
  }
  return sequence;
}

TEST(FitTest, what_does_not_fit_is_made_to) {
  int misfits = 0;
  for (const Contract& contract : kContracts) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
      const Sequence given = sequence_of(seed);
      const Sequence fit = fitted(given, contract);
      ASSERT_EQ(fit.arena.problem(), nullptr) << seed;
      ASSERT_EQ(misfit_of(fit.arena, contract), "") << seed;
      if (misfit_of(given.arena, contract).empty()) {
        ASSERT_EQ(given, fit) << seed;
      } else {
        ++misfits;
      }
    }
  }
  EXPECT_GT(misfits, 1000);
}

TEST(FitTest, frames_move_with_the_base) {
  Sequence sequence{.arena = {.base = Pfn{1000}, .frames = FrameCount{10}}, .operations = {}};
  sequence.operations = {
      {.kind = OperationKind::free_at, .pfn = Pfn{1003}},
      {.kind = OperationKind::grow, .pfn = Pfn{1004}, .count = FrameCount{2}},
      {.kind = OperationKind::alloc, .count = FrameCount{2}},
  };
  const Sequence fit = fitted(sequence, with([](Contract& c) { c.base = Pfn{64}; }));
  EXPECT_EQ(fit.arena.base, Pfn{64});
  EXPECT_EQ(fit.operations[0].pfn, Pfn{67});
  EXPECT_EQ(fit.operations[1].pfn, Pfn{68});
  EXPECT_EQ(fit.operations[2], sequence.operations[2]);
}

TEST(FitTest, a_design_of_this_project_takes_every_arena) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const Sequence given = sequence_of(seed);
    EXPECT_EQ(fitted(given, Contract{}), given);
  }
}

TEST(FitTest, a_misfit_is_named) {
  const Arena arena{.base = Pfn{7}, .frames = FrameCount{10}};
  const auto why = [&](auto change) { return misfit_of(arena, with(change)); };
  EXPECT_EQ(why([](Contract& c) { c.max_frames = FrameCount{9}; }),
            "the arena has 10 frames; at most 9 are taken");
  EXPECT_EQ(why([](Contract& c) { c.min_frames = FrameCount{11}; }),
            "the arena has 10 frames; at least 11 are taken");
  EXPECT_EQ(why([](Contract& c) { c.base = Pfn{1}; }), "the arena begins at 7; only 1 is taken");
  EXPECT_EQ(why([](Contract& c) { c.base_multiple = FrameCount{8}; }),
            "the arena begins at 7; only multiples of 8 are taken");
}

}  // namespace
}  // namespace assay
