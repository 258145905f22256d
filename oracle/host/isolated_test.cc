// Whatever an allocator does to its process, the judge survives and says what it was.
#include "oracle/host/isolated.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <vector>

#include "oracle/host/sanitizer.h"

namespace assay {
namespace {

Verdict failed_verdict() {
  Verdict verdict;
  verdict.clause = Clause::completeness;
  verdict.call = "allocate";
  verdict.outcome = "missed";
  verdict.text << "C2: op 1 'alloc 4': returned none";
  return verdict;
}

TEST(IsolatedTest, a_passed_trial_has_no_key) {
  EXPECT_TRUE(judge_isolated("d", [] { return Verdict{}; }).passed());
}

TEST(IsolatedTest, a_verdict_comes_back) {
  const Judgement judgement = judge_isolated("d", failed_verdict);
  EXPECT_EQ(judgement.key, "d-C2-allocate-missed");
  EXPECT_EQ(judgement.text, "C2: op 1 'alloc 4': returned none");
}

TEST(IsolatedTest, a_hang_ends) {
  const auto hang = [] {
    while (true) pause();
    return Verdict{};
  };
  EXPECT_EQ(judge_isolated("d", hang, 1).key, "d-C12-hang");
}

TEST(IsolatedTest, a_death_is_told_by_its_cause) {
  const auto by_signal = [] {
    raise(SIGKILL);
    return Verdict{};
  };
  EXPECT_EQ(judge_isolated("d", by_signal).key, "d-crash-KILL");
  const auto by_exit = [] {
    _exit(9);
    return Verdict{};
  };
  EXPECT_EQ(judge_isolated("d", by_exit).key, "d-crash-exit9");
}

#ifdef ASSAY_ASAN
TEST(IsolatedTest, a_memory_error_is_keyed_by_its_place) {
  std::vector<char> memory(64);
  ASAN_POISON_MEMORY_REGION(memory.data(), memory.size());
  std::vector<std::string> keys;
  for (const std::size_t index : {1U, 2U}) {
    const Judgement judgement = judge_isolated("d", [&] {
      *const_cast<volatile char*>(memory.data() + index) = 1;
      return Verdict{};
    });
    keys.push_back(judgement.key);
  }
  EXPECT_TRUE(keys[0].starts_with("d-C9-use-after-poison-")) << keys[0];
  EXPECT_EQ(keys[0], keys[1]);
  ASAN_UNPOISON_MEMORY_REGION(memory.data(), memory.size());
}
#endif

}  // namespace
}  // namespace assay
