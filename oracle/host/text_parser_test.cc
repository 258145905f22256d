// The text form is exact both ways, and an error says where it is and what was expected.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "oracle/host/sequence.h"
#include "oracle/test_sequence.h"
#include "oracle/verdict.h"

namespace assay {
namespace {

constexpr const char* kExample =
    "assay-ops 1\n"
    "base 1\n"
    "frames 64\n"
    "hole 10 6\n"
    "ram junk 7\n"
    "a = alloc 4\n"
    "b = alloc 1 align 8\n"
    "free a\n"
    "free b+1\n"
    "free @63\n"
    "c = exhaust 1\n"
    "free c.3\n"
    "grow 11 2\n"
    "free all\n";

std::string error_of(std::string_view text) {
  const auto sequence = parse_text(text);
  return sequence ? "" : sequence.error();
}

std::string error_in(std::string_view operations) {
  return error_of("assay-ops 1\nframes 8\n" + std::string(operations));
}

TEST(TextTest, canonical_text_comes_back_to_the_letter) {
  const auto sequence = parse_text(kExample);
  ASSERT_TRUE(sequence) << sequence.error();
  EXPECT_EQ(to_text(*sequence), kExample);
}

TEST(TextTest, sequence_to_text_to_sequence_is_exact) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Sequence sequence = random_sequence(seed, 1U << 16, 80);
    const auto again = parse_text(to_text(sequence));
    ASSERT_TRUE(again) << "seed " << seed << ": " << again.error();
    ASSERT_EQ(*again, sequence) << "seed " << seed;
  }
}

/// Odd bases, bases at the top, up to 16 holes, every kind of operation: as text, as bytes, and as
/// text again, to the letter.
TEST(TextTest, text_to_bytes_to_text_is_exact_for_every_map_and_operation) {
  std::set<OperationKind> kinds;
  std::uint32_t most_holes = 0;
  bool odd_base = false;
  bool at_the_top = false;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const std::string text = to_text(random_sequence(seed, 1U << 12, 40));
    const auto sequence = parse_text(text);
    ASSERT_TRUE(sequence) << "seed " << seed << ": " << sequence.error();
    const auto again = parse_bytes(to_bytes(*sequence));
    ASSERT_TRUE(again) << "seed " << seed << ": " << again.error();
    ASSERT_EQ(to_text(*again), text) << "seed " << seed;
    const Arena& arena = sequence->arena;
    for (const Operation& operation : sequence->operations) kinds.insert(operation.kind);
    most_holes = std::max(most_holes, arena.hole_count);
    odd_base |= arena.base.value() % 2 == 1;
    at_the_top |= arena.run().end().is_none();
  }
  EXPECT_EQ(kinds.size(), Outcomes::kKinds);
  EXPECT_EQ(most_holes, Arena::kMaxHoles);
  EXPECT_TRUE(odd_base && at_the_top);
}

TEST(TextTest, comments_blank_lines_and_any_name_are_allowed) {
  const auto sequence = parse_text(
      "# found on a Monday\n\nassay-ops 1\nframes 8   # small\n\n  buffer_1 = alloc 2\r\nfree "
      "buffer_1");
  ASSERT_TRUE(sequence) << sequence.error();
  EXPECT_EQ(to_text(*sequence), "assay-ops 1\nbase 0\nframes 8\nram zero\na = alloc 2\nfree a\n");
}

TEST(TextTest, no_block_may_be_called_all) {
  EXPECT_EQ(error_in("all = alloc 1\nfree all\n"),
            "3:1: expected another name: 'free all' frees every block, found 'all'");
}

TEST(TextTest, errors_in_the_head_say_where) {
  EXPECT_EQ(error_of(""), "1:1: expected the header 'assay-ops 1', found the end of the line");
  EXPECT_EQ(error_of("bytes"), "1:1: expected the header 'assay-ops 1', found 'bytes'");
  EXPECT_EQ(error_of("assay-ops 2"), "1:11: expected version 1, found '2'");
  EXPECT_EQ(error_of("assay-ops 1\nfrms 8"),
            "2:1: expected 'frames COUNT' in front of the operations, found 'frms'");
  EXPECT_EQ(error_of("assay-ops 1\nframes x"), "2:8: expected a number of frames, found 'x'");
  EXPECT_EQ(error_of("assay-ops 1\nframes 0\n"), "3:1: the arena has no frames");
  EXPECT_EQ(error_of("assay-ops 1\nframes 8\nhole 9 1\n"), "4:1: a hole ends outside the arena");
  EXPECT_EQ(error_of("assay-ops 1\nframes 8\nram junk\n"),
            "3:9: expected a seed, found the end of the line");
  EXPECT_EQ(error_of("assay-ops 1\nframes 8\nbase 1\nframes 9\n"),
            "4:1: 'frames' is said a second time");
  EXPECT_EQ(error_of("assay-ops 1\nframes x\ty"), "2:8: expected a number of frames, found 'x'");
  EXPECT_EQ(error_of("assay-ops 1\nframes 8\nram wet\n"),
            "3:5: expected 'zero' or 'junk SEED', found 'wet'");
}

TEST(TextTest, errors_in_operations_say_where) {
  EXPECT_EQ(error_in("a = alloc"), "3:10: expected a number of frames, found the end of the line");
  EXPECT_EQ(error_in("a = alloc 4294967296"),
            "3:11: expected a number of frames of at most 32 bits, found '4294967296'");
  EXPECT_EQ(error_in("a = alloc -1"), "3:11: expected a number of frames, found '-1'");
  EXPECT_EQ(error_in("a = alloc 1 2"), "3:13: expected 'align' or the end of the line, found '2'");
  EXPECT_EQ(error_in("a = alloc 1 align 2 3"), "3:21: expected the end of the line, found '3'");
  EXPECT_EQ(error_in("a = take 1"), "3:5: expected 'alloc' or 'exhaust', found 'take'");
  EXPECT_EQ(error_in("a alloc 1"), "3:3: expected '=', found 'alloc'");
  EXPECT_EQ(error_in("a = alloc 1\na = alloc 1"),
            "4:1: expected a name that no other block has, found 'a'");
  EXPECT_EQ(error_in("free b"),
            "3:6: expected 'all', '@FRAME' or the name of a block made before, found 'b'");
  EXPECT_EQ(error_in("a = alloc 1\nfree a+0"),
            "4:6: expected an offset of at least 1, found 'a+0'");
  EXPECT_EQ(error_in("free @x"), "3:6: expected a frame number behind '@', found '@x'");
  EXPECT_EQ(error_in("a = alloc 1\nframes 9"),
            "4:1: expected an operation: the arena stands in front of them, found 'frames'");
  EXPECT_EQ(error_in("\xFF\x01"), "3:1: expected an operation or the name of a block, found '?\?'");
}

TEST(TextTest, what_was_found_is_shown_short) {
  const std::string error = error_of(std::string(5000, 'x'));
  EXPECT_EQ(error.size(), error_of("x").size() + 39 + std::string("…").size());
}

TEST(TextTest, a_device_is_not_replaced_by_a_file) {
  EXPECT_EQ(save({}, "/dev/null"), "/dev/null: cannot write: is not a regular file");
}

TEST(TextTest, a_file_is_named_in_its_errors) {
  const auto missing = load("no/such/file.ops");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "no/such/file.ops: cannot open: No such file or directory");
  EXPECT_EQ(save({}, "no/such/folder/file.ops").substr(0, 24), "no/such/folder/file.ops.");
}

TEST(TextTest, text_and_bytes_are_told_apart_when_loaded) {
  const std::string folder = testing::TempDir();
  const Sequence sequence = random_sequence(3, 64, 10);
  for (const char* name : {"assay_sequence_test.ops", "assay_sequence_test.opsb"}) {
    ASSERT_EQ(save(sequence, folder + name), "");
    const auto again = load(folder + name);
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(*again, sequence);
  }
}

}  // namespace
}  // namespace assay
