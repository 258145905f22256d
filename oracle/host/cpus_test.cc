/// Which CPU performed what: there and back, and everything that does not fit the sequence.
#include "oracle/host/cpus.h"

#include <gtest/gtest.h>

#include "oracle/operations/random.h"

namespace assay {
namespace {

/// So many allocations of one frame.
Sequence sequence_of(std::size_t operations) {
  Sequence sequence;
  sequence.operations.resize(operations, {.kind = OperationKind::alloc, .count = FrameCount{1}});
  return sequence;
}

std::string error_of(const std::string& text, const Sequence& sequence) {
  const auto cpus = parse_cpus(text, sequence);
  return cpus ? "none" : cpus.error();
}

TEST(Cpus, the_text_has_a_row_for_each_turn_of_a_cpu_and_gives_them_back) {
  const Sequence sequence = sequence_of(6);
  const std::vector<std::uint16_t> cpus{0, 0, 3, 3, 3, 0};
  const std::string text = cpus_to_text(sequence, cpus);
  EXPECT_TRUE(text.starts_with("assay-cpus 1\nsequence "));
  EXPECT_TRUE(text.ends_with("\n0 2\n3 3\n0 1\n")) << text;
  EXPECT_EQ(parse_cpus(text, sequence), cpus);
}

TEST(Cpus, any_cpus_come_back) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    const Sequence sequence = sequence_of(random.below(200));
    std::vector<std::uint16_t> cpus(sequence.operations.size());
    for (std::uint16_t& cpu : cpus) cpu = static_cast<std::uint16_t>(random.below(3) * 32'767);
    EXPECT_EQ(parse_cpus(cpus_to_text(sequence, cpus), sequence), cpus) << "seed " << seed;
  }
}

TEST(Cpus, what_does_not_fit_the_sequence_is_an_error_with_its_line) {
  const Sequence sequence = sequence_of(5);
  const std::string text = cpus_to_text(sequence, std::vector<std::uint16_t>{0, 0, 0, 1, 1});
  const std::string head = text.substr(0, text.find("0 3\n"));
  EXPECT_EQ(error_of("", sequence), "0: expected 5 operations in all, found 0");
  EXPECT_EQ(error_of("assay-cpus 2\n", sequence), "1: expected 'assay-cpus 1'");
  EXPECT_EQ(error_of(text, sequence_of(4)), "2: is about another sequence; import that one again");
  EXPECT_EQ(error_of(head + "0 3\n", sequence), "3: expected 5 operations in all, found 3");
  EXPECT_EQ(error_of(head + "0 3\n1 3\n", sequence), "4: expected 5 operations in all, found more");
  for (const std::string row : {"0", "x 1", "0 0", "0 5 ", "65536 5", "0  5", "-1 5"}) {
    EXPECT_EQ(error_of(head + row + "\n", sequence), "3: expected 'CPU COUNT'") << row;
  }
  EXPECT_EQ(error_of(head + "0 5", sequence), "3: expected 'CPU COUNT'");
}

TEST(Cpus, the_file_lies_beside_the_sequence) {
  EXPECT_EQ(cpus_path("traces/pgbench.opsb"), "traces/pgbench.cpus");
  EXPECT_EQ(cpus_path("a.b/load.ops"), "a.b/load.cpus");
}

}  // namespace
}  // namespace assay
