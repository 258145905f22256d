// A memory error that is known ends the trial only; any other ends the process, with a report.
#include "fuzz/memory_errors.h"

#include <gtest/gtest.h>

#include "oracle/host/host_trial.h"
#include "oracle/host/sanitizer.h"
#include "oracle/zoo/memory.h"

namespace assay {
namespace {

constexpr const char* kKey = "test-use-after-poison-WritingBitmap-write_word";

Sequence into_a_neighbour() {
  return *parse_text("assay-ops 1\nframes 8\na = alloc 1\nb = alloc 1\nfree b\n");
}

class MemoryErrorsTest : public testing::Test {
 protected:
  void TearDown() override { watch_memory_errors("", {}); }

  void run(const Sequence& sequence) {
    static_cast<void>(run_trial<LinkInNeighbour>(memory_, sequence));
  }

  HostMemory memory_;
};

TEST_F(MemoryErrorsTest, a_known_one_is_met_again_and_again) {
  watch_memory_errors("test", [](std::string_view key) { return key == kKey; });
  for (int i = 0; i < 3; ++i) {
    run(into_a_neighbour());
    EXPECT_EQ(take_memory_error(), kKey);
  }
}

TEST_F(MemoryErrorsTest, behind_it_a_trial_is_as_any_other) {
  watch_memory_errors("test", [](std::string_view key) { return key == kKey; });
  run(into_a_neighbour());
  static_cast<void>(take_memory_error());
  const Sequence harmless = *parse_text("assay-ops 1\nframes 8\na = alloc 1\nfree a\n");
  EXPECT_TRUE(run_trial<LinkInNeighbour>(memory_, harmless).verdict.passed());
  EXPECT_EQ(take_memory_error(), "");
}

TEST_F(MemoryErrorsTest, an_unknown_one_ends_the_process) {
  watch_memory_errors("test", [](std::string_view) { return false; });
  EXPECT_DEATH(run(into_a_neighbour()), "use-after-poison");
}

TEST_F(MemoryErrorsTest, the_harness_own_errors_are_nobody_elses) {
  watch_memory_errors("test", [](std::string_view) { return true; });
  static std::array<std::uint64_t, 4> ours{};
  ASAN_POISON_MEMORY_REGION(ours.data(), sizeof ours);
  EXPECT_DEATH(ours[1] = 1, "use-after-poison") << "no call of an allocator is under way";
  ASAN_UNPOISON_MEMORY_REGION(ours.data(), sizeof ours);
}

}  // namespace
}  // namespace assay
