#include "kernel-shim/tests/ktap.h"

#include "kernel-shim/machine/watchdog.h"

namespace assay::kernel {

void Test::equal(const char* what, std::uint32_t got, std::uint32_t expected) {
  if (got == expected) return;
  TextBuffer why;
  why << what << ": got " << got << ", expected " << expected;
  fail(why);
}

void Test::fail(const char* why) {
  ++failures_;
  if (failures_ <= kMostPrinted) console << "# " << why << '\n';
  if (failures_ == kMostPrinted + 1) console << "# … and more of the kind\n";
}

void print_plan(std::size_t tests) { console << "KTAP version 1\n1.." << tests << '\n'; }

bool run_test(std::size_t number, const TestCase& test_case) {
  Test test;
  {
    const SilenceWatch watch(test_case.name);
    test_case.run(test);
  }
  console << (test.passed() ? "ok " : "not ok ") << number << ' ' << test_case.name;
  if (test.skipped() != nullptr) console << " # SKIP " << test.skipped();
  console << '\n';
  return test.passed();
}

}  // namespace assay::kernel
