// Whatever the mutator makes of a sequence is a sequence, and it makes everything there is.
#include "fuzz/mutation.h"

#include <gtest/gtest.h>

#include <set>

#include "fuzz/edit.h"
#include "fuzz/input_limits.h"

namespace assay {
namespace {

constexpr ArenaSizes kSizes;

void expect_whole(const Sequence& sequence) {
  ASSERT_EQ(sequence.arena.problem(), nullptr);
  const auto read = parse_bytes(to_bytes(sequence));
  ASSERT_TRUE(read.has_value()) << read.error();
  ASSERT_EQ(*read, sequence);
  ASSERT_LE(sequence.operations.size(), most_operations(sequence.arena.frames));
}

Sequence parse(const char* text) { return *parse_text(std::string("assay-ops 1\n") + text); }

/// Runs `visit` on every mutant of a long chain of them.
template <class Visit>
void mutate_often(const ArenaSizes& sizes, Visit visit) {
  Random random(1);
  Sequence sequence = fresh_sequence(random, sizes);
  for (int i = 0; i < 20'000; ++i) {
    if (random.one_in(100)) sequence = fresh_sequence(random, sizes);
    mutate(random, sequence, sizes);
    visit(sequence);
  }
}

TEST(MutationTest, a_mutant_is_a_sequence) {
  mutate_often({.usual = 64, .largest = 4096}, expect_whole);
}

TEST(MutationTest, every_kind_and_every_size_of_arena_comes_up) {
  std::set<OperationKind> kinds;
  std::set<std::uint32_t> size_classes;
  std::size_t longest = 0;
  mutate_often(kSizes, [&](const Sequence& sequence) {
    for (const Operation& operation : sequence.operations) kinds.insert(operation.kind);
    size_classes.insert(std::bit_width(sequence.arena.frames.value()));
    longest = std::max(longest, sequence.operations.size());
  });
  EXPECT_EQ(kinds.size(), 7U);
  for (unsigned bits = 1; bits <= 16; ++bits) EXPECT_TRUE(size_classes.contains(bits)) << bits;
  EXPECT_GT(longest, 2000U) << "a large arena must be filled";
}

TEST(MutationTest, arenas_stay_within_what_was_asked_for) {
  mutate_often({.usual = 10, .largest = 10},
               [](const Sequence& each) { ASSERT_LE(each.arena.frames, FrameCount{10}); });
}

TEST(MutationTest, targets_take_almost_every_mutant) {
  std::uint32_t all = 0;
  std::uint32_t refused = 0;
  mutate_often(kSizes, [&](const Sequence& sequence) {
    ++all;
    refused += is_within_limits(survey(sequence)) ? 0 : 1;
  });
  EXPECT_LT(refused, all / 100);
}

TEST(MutationTest, changes_a_length_retargets_a_free_and_swaps) {
  const Sequence start = parse("frames 8\na = alloc 1\nb = alloc 2\nfree a\n");
  std::set<std::string> seen;
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    Random random(seed);
    Sequence sequence = start;
    mutate(random, sequence, kSizes);
    seen.insert(to_text(sequence));
  }
  const auto comes_up = [&](const char* text) { return seen.contains(to_text(parse(text))); };
  EXPECT_TRUE(comes_up("frames 8\na = alloc 1\nb = alloc 8\nfree a\n"));
  EXPECT_TRUE(comes_up("frames 8\na = alloc 1\nb = alloc 2\nfree b\n"));
  EXPECT_TRUE(comes_up("frames 8\nb = alloc 2\na = alloc 1\nfree a\n"));
  EXPECT_TRUE(comes_up("frames 8\na = alloc 1\nb = alloc 2\nfree a\nfree a\n"));
  EXPECT_TRUE(comes_up("frames 8\na = alloc 1\nfree a\n"));
}

TEST(CrossoverTest, a_child_is_a_sequence_in_the_arena_of_the_first) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    Sequence first = fresh_sequence(random, kSizes);
    const Sequence second = fresh_sequence(random, kSizes);
    const Sequence child = crossed(random, first, second);
    expect_whole(child);
    ASSERT_EQ(child.arena.frames, first.arena.frames);
  }
}

TEST(CrossoverTest, children_are_spliced_and_woven) {
  const Sequence first = parse("frames 8\na = alloc 1\nfree a\n");
  const Sequence second = parse("frames 9\nbase 100\nb = alloc 2\nfree b\nfree @103\n");
  std::set<std::string> seen;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    seen.insert(to_text(crossed(random, first, second)));
  }
  const auto comes_up = [&](const char* text) { return seen.contains(to_text(parse(text))); };
  EXPECT_TRUE(comes_up("frames 8\na = alloc 1\nfree a\nfree @3\n"));
  EXPECT_TRUE(comes_up("frames 8\na = alloc 1\nfree a\nfree a\nfree @3\n"))
      << "a free counts back from the newest block";
  EXPECT_TRUE(comes_up("frames 8\na = alloc 1\nb = alloc 2\nfree b\nfree a\nfree @3\n"))
      << "woven, each frees its own";
}

}  // namespace
}  // namespace assay
