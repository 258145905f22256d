// The byte form is exact both ways, and whatever is not a sequence is refused in words.
#include "oracle/operations/bytes.h"

#include <gtest/gtest.h>

#include <string>

#include "oracle/host/sequence.h"
#include "oracle/operations/generator.h"
#include "oracle/test_sequence.h"

namespace assay {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::string error_of(const Bytes& bytes) {
  const auto sequence = parse_bytes(bytes);
  return sequence ? "" : sequence.error();
}

TEST(BytesTest, sequence_to_bytes_to_sequence_is_exact) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const Sequence sequence = random_sequence(seed, 1U << 16, 60);
    const auto again = parse_bytes(to_bytes(sequence));
    ASSERT_TRUE(again) << "seed " << seed << ": " << again.error();
    ASSERT_EQ(*again, sequence) << "seed " << seed;
  }
}

/// Damaged bytes are refused, or they are the one byte form of another sequence.
TEST(BytesTest, bytes_to_sequence_to_bytes_is_exact) {
  std::uint32_t accepted = 0;
  std::uint32_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    Random random(seed);
    Bytes bytes = to_bytes(random_sequence(seed, 64, 20));
    for (std::uint32_t i = random.between(1, 4); i > 0; --i) {
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] =
          static_cast<std::uint8_t>(random.next());
    }
    if (random.one_in(4)) bytes.resize(random.below(static_cast<std::uint32_t>(bytes.size())));
    const auto sequence = parse_bytes(bytes);
    sequence ? ++accepted : ++refused;
    if (sequence) {
      ASSERT_EQ(to_bytes(*sequence), bytes) << "seed " << seed;
    }
  }
  EXPECT_GT(accepted, 100U);
  EXPECT_GT(refused, 100U);
}

/// Written by the first release of the format, with everything that it has. It must never be read
/// as anything else: people's corpora hold such bytes.
TEST(BytesTest, bytes_of_version_1_are_what_they_were) {
  const Bytes bytes{0x41, 0x01, 0x03, 0xac, 0x02, 0x02, 0x07, 0x06, 0x54, 0x28, 0x01,
                    0x07, 0x20, 0xf8, 0x00, 0x09, 0x08, 0xf9, 0xe0, 0xff, 0xff, 0xff,
                    0x0f, 0x03, 0x1a, 0x1a, 0x13, 0x00, 0x0b, 0xc7, 0x01, 0xfc, 0xe0,
                    0xff, 0xff, 0xff, 0x0f, 0xfc, 0x1d, 0x0d, 0xfd, 0x09, 0x0f, 0x01,
                    0x02, 0x02, 0x0f, 0x01, 0xc7, 0x01, 0x07, 0x61, 0x02, 0x06, 0xff};
  const char* const text =
      "assay-ops 1\nbase 3\nframes 300\nhole 10 6\nhole 100 40\nram junk 7\n"
      "a = alloc 4\nb = alloc 31\nc = alloc 1 align 8\nd = alloc 4294967295 align 3\n"
      "free a\nfree a\nfree b+1\nfree c+200\nfree @2\nfree @63\n"
      "e = exhaust 1\nf = exhaust 40\nfree e.3\nfree f\nfree e.200\ngrow 100 2\nfree all\n";
  const auto sequence = parse_bytes(bytes);
  ASSERT_TRUE(sequence) << sequence.error();
  EXPECT_EQ(to_text(*sequence), text);
  EXPECT_EQ(*parse_text(text), *sequence);
}

/// Heads of operations that nobody could write so far. Giving one of them a meaning leaves all old
/// bytes as they are.
TEST(BytesTest, there_is_room_to_grow) {
  const auto error_of_head = [](std::uint8_t head) {
    return error_of({'A', 1, 0, 8, 0, 0, head, 0, 0, kEndByte});
  };
  for (std::uint32_t number = 2; number < 31; ++number) {
    const auto head = static_cast<std::uint8_t>(number << 3 | 7);
    EXPECT_EQ(error_of_head(head), "byte 6: has an unknown operation") << number;
  }
}

TEST(BytesTest, every_prefix_is_refused) {
  const Bytes bytes = to_bytes(random_sequence(7, 1U << 16, 200));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Survey survey = survey_bytes({bytes.data(), size});
    ASSERT_NE(survey.error, nullptr) << size << " bytes";
    EXPECT_LE(survey.error_offset, size);
  }
}

TEST(BytesTest, errors_say_where_and_what) {
  EXPECT_EQ(error_of({}), "byte 0: is cut short");
  EXPECT_EQ(error_of({'x'}), "byte 0: does not start with the byte 'A'");
  EXPECT_EQ(error_of({'A', 2}), "byte 0: is of a version other than 1");
  EXPECT_EQ(error_of({'A', 1, 0, 0, 0, 0}), "byte 0: the arena has no frames");
  EXPECT_EQ(error_of({'A', 1, 0, 8, 17}), "byte 0: has more than 16 holes");
  EXPECT_EQ(error_of({'A', 1, 0, 8, 1, 4, 5, 0}), "byte 0: a hole ends outside the arena");
  const Bytes arena = {'A', 1, 0, 8, 0, 0};
  const auto with = [&](Bytes operation) {
    operation.insert(operation.begin(), arena.begin(), arena.end());
    return operation;
  };
  EXPECT_EQ(error_of(arena), "byte 6: is cut short");
  EXPECT_EQ(error_of(with({0xFF})), "");
  EXPECT_EQ(error_of(with({0xFF, 0})), "byte 7: goes on behind its end");
  EXPECT_EQ(error_of(with({0 | 1 << 3, 0xFF})), "");
  EXPECT_EQ(error_of(with({0 | 1 << 3})), "byte 7: is cut short");
  EXPECT_EQ(error_of(with({0 | 1 << 3, 2 | 1 << 3})), "byte 7: frees a block that was never named");
  EXPECT_EQ(error_of(with({1 | 1 << 3, 1})), "byte 6: has a needless alignment of 1");
  EXPECT_EQ(error_of(with({6 | 1 << 3})), "byte 6: has an unknown operation");
  EXPECT_EQ(error_of(with({7 | 2 << 3})), "byte 6: has an unknown operation");
  EXPECT_EQ(error_of(with({0 | 31 << 3})), "byte 6: is cut short");
  EXPECT_EQ(error_of(with({0 | 31 << 3, 0x80, 0})), "byte 6: has a number that is too long");
  EXPECT_EQ(error_of(with({0 | 31 << 3, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})),
            "byte 6: has a number beyond 32 bits");
}

TEST(BytesTest, a_survey_bounds_the_blocks_of_an_exhaust) {
  Sequence sequence{.arena = {}, .operations = {}};
  sequence.arena.frames = FrameCount{10};
  sequence.operations = {{.kind = OperationKind::exhaust, .count = FrameCount{3}},
                         {.kind = OperationKind::alloc, .count = FrameCount{1}},
                         {.kind = OperationKind::exhaust, .count = FrameCount{0}}};
  const Survey counted = survey_bytes(to_bytes(sequence));
  EXPECT_EQ(counted.operations, 3U);
  EXPECT_EQ(counted.names, 3U);
  EXPECT_EQ(counted.elements, 3U + 1U + 1U);
}

}  // namespace
}  // namespace assay
