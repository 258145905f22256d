// A trial whose answers are noted is the same trial; each operation has what its calls returned.
#include "fuzz/answers.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Sequence parse(const std::string& operations) {
  return parse_text("assay-ops 1\n" + operations).value();
}

TEST(AnswersTest, each_operation_has_the_answers_of_its_calls) {
  const Sequence sequence = parse(
      "base 3\nframes 8\nhole 5 2\na = alloc 2\nb = alloc 4\nfree a+1\nfree a\nfree a\n"
      "grow 5 1\nc = exhaust 3\nfree all\nfree b\nfree @99\nfree @6\n");
  HostMemory memory;
  const Answered answered = run_with_answers(*find_design("tag_bitmap"), memory, sequence);
  EXPECT_EQ(answered.result.verdict.text.c_str(), std::string());
  EXPECT_EQ(answers_to_text(answered.answers),
            "1 3\n2 7\n3 inside_block\n4 2\n5 already_free\n6 \n7 3 none\n8 3 4\n9 already_free\n"
            "10 outside_arena\n11 reserved\n");
}

TEST(AnswersTest, the_trial_is_the_same) {
  const Sequence sequence = parse("frames 64\na = exhaust 3\nfree a.4\nb = alloc 2\nfree all\n");
  for (const DesignEntry& entry : all_designs()) {
    if (entry.in_zoo()) continue;
    HostMemory memory;
    const TrialResult plain = entry.run(memory, sequence);
    const Answered answered = run_with_answers(entry, memory, sequence);
    EXPECT_EQ(answered.result.hash, plain.hash) << entry.name;
    EXPECT_EQ(answered.answers.size(), sequence.operations.size()) << entry.name;
  }
}

TEST(AnswersTest, what_comes_behind_the_last_operation_is_not_noted) {
  const Sequence sequence = parse("frames 64\na = alloc 1\nb = alloc 1\n");
  HostMemory memory;
  const Answered answered = run_with_answers(*find_design("bitmap"), memory, sequence, 1);
  EXPECT_EQ(answered.answers, std::vector<std::string>{"0"});
}

}  // namespace
}  // namespace assay
