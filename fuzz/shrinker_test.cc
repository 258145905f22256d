// Shrinking keeps the key and ends with the shortest form; editing keeps blocks' identity.
#include "fuzz/shrinker.h"

#include <gtest/gtest.h>

#include "fuzz/edit.h"
#include "fuzz/finding.h"
#include "impls/designs.h"
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
  const Operation alloc{.kind = OperationKind::alloc, .count = FrameCount{5}};
  insert(sequence, 1, {{alloc, {.kind = OperationKind::free_block, .block = 1}}});
  EXPECT_EQ(sequence, parse("a = alloc 1\nx = alloc 5\nfree x\nb = alloc 2\nfree a\nfree b\n"));
}

TEST(EditTest, in_another_order_blocks_stay_who_they_were) {
  const Sequence sequence = parse("a = alloc 1\nb = alloc 2\nfree a\nfree b\n");
  const auto reorder = [&](std::vector<std::uint32_t> order) { return reordered(sequence, order); };
  EXPECT_EQ(reorder({1, 0, 3, 2}), parse("b = alloc 2\na = alloc 1\nfree b\nfree a\n"));
  EXPECT_EQ(reorder({2, 0, 1, 2}), parse("a = alloc 1\nb = alloc 2\nfree a\n"));
  EXPECT_EQ(reorder({0, 0, 2}), parse("a = alloc 1\nb = alloc 1\nfree b\n"));
}

TEST(EditTest, a_new_base_takes_absolute_frames_along) {
  Sequence sequence = parse("free @3\n");
  Arena moved = sequence.arena;
  moved.base = Pfn{100};
  rebase(sequence, moved);
  EXPECT_EQ(sequence.operations[0].pfn, Pfn{103});
}

TEST(EditTest, blocks_become_one_in_the_place_of_the_first) {
  const Sequence sequence = parse(
      "a = alloc 1\nfree a\nb = alloc 2\nc = alloc 3 align 2\nd = alloc 1\nfree c\nfree d\n"
      "free c+1\n");
  EXPECT_EQ(merged(sequence, 1, 2, KeptFree::last),
            parse("a = alloc 1\nfree a\nb = alloc 5\nd = alloc 1\nfree b\nfree d\nfree b+3\n"));
  EXPECT_EQ(merged(sequence, 0, 3, KeptFree::first),
            parse("a = alloc 6\nfree a\nd = alloc 1\nfree d\nfree a+4\n"));
  EXPECT_EQ(merged(sequence, 0, 3, KeptFree::last),
            parse("a = alloc 6\nd = alloc 1\nfree a\nfree d\nfree a+4\n"));
}

TEST(EditTest, blocks_of_unknown_number_are_not_made_one) {
  const Sequence sequence = parse("a = alloc 1\nb = exhaust 2\nfree b.1\n");
  EXPECT_EQ(merged(sequence, 0, 2, KeptFree::last), sequence);
  const Sequence long_ones = parse("a = alloc 4294967295\nb = alloc 1\n");
  EXPECT_EQ(merged(long_ones, 0, 2, KeptFree::last), long_ones);
}

TEST(EditTest, frames_are_cut_out_with_what_lies_there) {
  const auto sequence = parse_text(
      "assay-ops 1\nbase 10\nframes 20\nhole 12 2\nhole 16 4\nhole 25 2\ngrow 12 2\n"
      "grow 17 3\nfree @9\nfree @11\nfree @15\nfree @26\nfree @30\n");
  const auto cut = parse_text(
      "assay-ops 1\nbase 10\nframes 14\nhole 12 2\nhole 19 2\ngrow 12 2\nfree @9\nfree @11\n"
      "free @15\nfree @20\nfree @24\n");
  EXPECT_EQ(without_frames(*sequence, FrameCount{5}, FrameCount{6}), Sequence(*cut))
      << to_text(without_frames(*sequence, FrameCount{5}, FrameCount{6}));
}

TEST(EditTest, everything_is_smaller_by_the_same_ratio) {
  const auto sequence = parse_text(
      "assay-ops 1\nbase 10\nframes 40\nhole 20 8\na = alloc 12\nb = alloc 1\nc = alloc 0\n"
      "d = alloc 99\ngrow 24 4\nfree @30\n");
  const auto smaller = parse_text(
      "assay-ops 1\nbase 10\nframes 10\nhole 12 2\na = alloc 3\nb = alloc 1\nc = alloc 0\n"
      "d = alloc 99\ngrow 13 1\nfree @15\n");
  EXPECT_EQ(scaled(*sequence, FrameCount{10}), *smaller);
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

std::uint32_t frames_asked_for(const Sequence& sequence) {
  std::uint32_t sum = 0;
  for (const Operation& operation : sequence.operations) {
    if (operation.kind == OperationKind::alloc) sum += operation.count.value();
  }
  return sum;
}

/// Each of them is needed, and none can be longer by itself.
TEST(ShrinkerTest, many_allocations_become_one) {
  std::string operations;
  for (char name = 'a'; name <= 'p'; ++name) operations += std::string{name} + " = alloc 3\n";
  const Shrunk shrunk = shrink(parse((operations + "free c\n").c_str()),
                               [](const Sequence& some) { return frames_asked_for(some) >= 48; });
  EXPECT_EQ(to_text(shrunk.sequence), "assay-ops 1\nbase 0\nframes 1\nram zero\na = alloc 48\n");
}

/// A predicate on a thousand frames costs what a trial there does; most are tried in a few.
TEST(ShrinkerTest, the_smallest_arenas_come_first) {
  const Sequence sequence = random_sequence(3, 1000, 200);
  ASSERT_GT(sequence.arena.frames, FrameCount{100});
  std::uint32_t in_large_ones = 0;
  const Shrunk shrunk = shrink(sequence, [&](const Sequence& some) {
    in_large_ones += some.arena.frames > FrameCount{8} ? 1 : 0;
    return some.operations.size() >= 3 && some.arena.frames >= FrameCount{5};
  });
  EXPECT_EQ(shrunk.sequence.operations.size(), 3U);
  EXPECT_EQ(shrunk.sequence.arena.frames, FrameCount{5});
  EXPECT_EQ(in_large_ones, 0U);
}

/// The trial looks there every 1,024th operation; in a small arena it does so after each.
TEST(FindingTest, what_is_looked_at_now_and_then_may_show_behind_another_call) {
  const DesignEntry& member = *find_design("second_count_drifts");
  Sequence sequence = parse("a = alloc 1 align 2\n");
  sequence.arena.frames = FrameCount{1200};
  for (std::uint32_t i = 1; i < 1023; ++i) {
    sequence.operations.push_back({.kind = OperationKind::alloc, .count = FrameCount{1}});
  }
  sequence.operations.push_back({.kind = OperationKind::free_block, .block = 1});
  const auto finding = shrink_finding(member, sequence);
  ASSERT_TRUE(finding.has_value());
  EXPECT_EQ(finding->found, "second_count_drifts-C7-free-invalid");
  EXPECT_EQ(finding->judgement.key, "second_count_drifts-C7-allocate-invalid");
  EXPECT_EQ(finding->shrunk.sequence.operations.size(), 1U) << to_text(finding->shrunk.sequence);
}

TEST(FindingTest, whole_frames_are_looked_at_where_edges_show_nothing) {
  const auto sequence = parse_text(
      "assay-ops 1\nframes 9\na = alloc 2\nb = alloc 1\nfree b\nfree a\nc = alloc 1\nfree c\n");
  const auto finding = shrink_finding(*find_design("note_in_middle"), *sequence);
  ASSERT_TRUE(finding.has_value());
  // Under AddressSanitizer it is its error, and the key the stack's.
  EXPECT_TRUE(finding->judgement.key.starts_with("note_in_middle-C9-")) << finding->judgement.key;
  EXPECT_LT(finding->shrunk.sequence.operations.size(), 6U);
}

/// Serves no request for more frames than a word has bits.
template <unsigned kBits>
class NoLongerThanWord : public Bitmap<kBits> {
 public:
  Pfn allocate(FrameCount count, FrameCount alignment = FrameCount{1}) {
    if (count > FrameCount{kBits}) return Pfn::none();
    return Bitmap<kBits>::allocate(count, alignment);
  }
};

TEST(FindingTest, narrow_words_show_it_in_fewer_frames) {
  const std::vector<Variant> variants{
      {"short", 0, AnyDesign::of<NoLongerThanWord<64>>()},
      {"short", 2, AnyDesign::of<NoLongerThanWord<2>>()},
      {"short", 8, AnyDesign::of<NoLongerThanWord<8>>()},
  };
  Sequence sequence = parse("a = alloc 7\nfree a\nb = alloc 90\n");
  sequence.arena.frames = FrameCount{100};
  const auto wide = shrink_finding({"short", variants[0].design}, sequence);
  ASSERT_TRUE(wide.has_value());
  EXPECT_EQ(wide->shrunk.sequence.arena.frames, FrameCount{65});
  const auto narrow = shrink_words(variants, sequence, *wide);
  ASSERT_TRUE(narrow.has_value());
  EXPECT_EQ(narrow->word_bits, 2U);
  EXPECT_EQ(to_text(narrow->shrunk.sequence),
            "assay-ops 1\nbase 0\nframes 3\nram zero\na = alloc 3\n");
  EXPECT_FALSE(shrink_words(std::span(variants).first(1), sequence, *wide).has_value());
}

TEST(FindingTest, a_name_may_have_a_width) {
  EXPECT_STREQ(find_variant("bitmap/8")->name, "bitmap");
  EXPECT_STREQ(find_variant("canary")->name, "canary");
  for (const char* none : {"bitmap/9", "bitmap/", "bitmap/0x8", "free_list/8", "/8", "nobody"}) {
    EXPECT_FALSE(find_variant(none).has_value()) << none;
  }
}

TEST(FindingTest, nothing_is_shrunk_that_passes) {
  EXPECT_FALSE(shrink_finding(*find_design("canary"), parse("a = alloc 2\nfree a\n")).has_value());
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
