// Shrinking keeps the key and ends with the shortest form; editing keeps blocks' identity.
#include "fuzz/shrinker.h"

#include <gtest/gtest.h>

#include "fuzz/edit.h"
#include "oracle/host/registry.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

Sequence parse(const char* operations) {
  return *parse_text(std::string("assay-ops 1\nframes 8\n") + operations);
}

TEST(EditTest, dropping_a_block_drops_its_frees_and_renames_the_rest) {
  const Sequence sequence = parse("a = alloc 1\nb = alloc 2\nfree a\nfree b\n");
  EXPECT_EQ(without(sequence, 0, 1), parse("a = alloc 2\nfree a\n"));
  EXPECT_EQ(without(sequence, 1, 2), parse("a = alloc 1\n"));
}

TEST(EditTest, inserting_a_block_leaves_the_others_who_they_were) {
  Sequence sequence = parse("a = alloc 1\nb = alloc 2\nfree a\nfree b\n");
  insert(sequence, 1, {.kind = OperationKind::alloc, .count = FrameCount{5}});
  EXPECT_EQ(sequence, parse("a = alloc 1\nx = alloc 5\nb = alloc 2\nfree a\nfree b\n"));
}

TEST(EditTest, a_new_base_takes_absolute_frames_along) {
  Sequence sequence = parse("free @3\n");
  Arena moved = sequence.arena;
  moved.base = Pfn{100};
  rebase(sequence, moved);
  EXPECT_EQ(sequence.operations[0].pfn, Pfn{103});
}

TEST(ShrinkerTest, the_canary_shrinks_to_two_operations) {
  HostMemory memory;
  const DesignEntry& canary = *find_design("canary");
  const auto key = [&](const Sequence& sequence) {
    const Verdict verdict = canary.run(memory, sequence).verdict;
    return verdict.passed() ? "" : key_of("canary", verdict);
  };
  std::uint32_t shrunk_count = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Sequence sequence = random_sequence(seed, 200, 200);
    const std::string wanted = key(sequence);
    if (wanted.empty()) continue;
    const Shrunk shrunk =
        shrink(sequence, [&](const Sequence& candidate) { return key(candidate) == wanted; });
    EXPECT_EQ(key(shrunk.sequence), wanted) << "seed " << seed;
    EXPECT_EQ(shrunk.sequence.operations.size(), 2U) << to_text(shrunk.sequence);
    EXPECT_EQ(shrunk.sequence.arena.base, Pfn{0});
    EXPECT_EQ(shrunk.sequence.arena.frames, FrameCount{2}) << to_text(shrunk.sequence);
    ++shrunk_count;
  }
  EXPECT_GT(shrunk_count, 10U);
}

/// Holds if some request for at least 5 frames fills a run between holes exactly.
bool fills_a_run(const Sequence& sequence) {
  const UsableRuns usable(sequence.arena);
  for (const Operation& operation : sequence.operations) {
    if (operation.kind != OperationKind::alloc || operation.count < FrameCount{5}) continue;
    for (const Run& run : usable.runs()) {
      if (run.count == operation.count) return true;
    }
  }
  return false;
}

/// Neither the length nor the arena can be lowered alone, and no hole can be dropped.
TEST(ShrinkerTest, an_exact_fit_shrinks_together_with_its_arena) {
  const auto sequence = parse_text(
      "assay-ops 1\nbase 9\nframes 40\nhole 19 3\nhole 34 1\nram junk 2\n"
      "a = alloc 3\nb = alloc 12\nfree a\n");
  const Shrunk shrunk = shrink(*sequence, fills_a_run);
  EXPECT_EQ(to_text(shrunk.sequence), "assay-ops 1\nbase 0\nframes 5\nram zero\na = alloc 5\n");
}

TEST(ShrinkerTest, stops_at_its_limit) {
  const Sequence sequence = random_sequence(1, 100, 100);
  std::uint32_t asked = 0;
  const Shrunk shrunk = shrink(
      sequence,
      [&](const Sequence&) {
        ++asked;
        return false;
      },
      7);
  EXPECT_EQ(asked, 7U);
  EXPECT_EQ(shrunk.trials, 7U);
}

}  // namespace
}  // namespace assay
