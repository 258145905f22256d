/// Tests that run in the kernel, and what they say: KTAP 1 on the console, the plan first.
///
///     KTAP version 1
///     1..14
///     # memory 128 MiB …                  diagnostics of the test that follows
///     ok 1 run_lists_add_up
///     # free frames: got 31, expected 32
///     not ok 2 phase_1_manages_the_window
///     ok 3 traces_pass_the_trial # SKIP no module
#pragma once

#include <cstdint>
#include <span>

#include "impls/frame.h"
#include "kernel-shim/machine/console.h"
#include "oracle/operations/text.h"

namespace assay::kernel {

/// What one test finds. Only its first findings are printed, so that a loop does not flood the log.
class Test {
 public:
  void check(bool holds, const char* fact) {
    if (!holds) fail(fact);
  }
  void equal(const char* what, std::uint32_t got, std::uint32_t expected);
  void equal(const char* what, FrameCount got, FrameCount expected) {
    equal(what, got.value(), expected.value());
  }
  void fail(const char* why);
  void fail(const TextBuffer& why) { fail(why.c_str()); }
  /// The test could not run, for this reason.
  void skip(const char* reason) { skipped_ = reason; }

  /// Begins a line that is not a finding.
  [[nodiscard]] const Console& note() const { return console << "# "; }

  [[nodiscard]] bool passed() const { return failures_ == 0; }
  [[nodiscard]] const char* skipped() const { return skipped_; }

 private:
  static constexpr std::uint32_t kMostPrinted = 8;

  std::uint32_t failures_ = 0;
  const char* skipped_ = nullptr;
};

struct TestCase {
  const char* name;  ///< the fact that it shows
  void (*run)(Test& test);
};

void print_plan(std::size_t tests);

/// Runs test number `number`, counted from 1, and prints its result. Returns: true if it passed.
[[nodiscard]] bool run_test(std::size_t number, const TestCase& test_case);

}  // namespace assay::kernel
