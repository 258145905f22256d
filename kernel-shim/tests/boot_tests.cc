/// What must be true when everything else has run.
#include <cstdint>

#include "kernel-shim/memory/kernel_memory.h"
#include "kernel-shim/tests/tests.h"

extern "C" const std::uint32_t kernel_stack_begin[];
extern "C" const std::uint32_t kernel_stack_end[];

namespace assay::kernel {

void every_frame_came_back(Test& test) {
  const FrameCounts expected = memory().after_phase_2;
  const FrameCounts counts = count_frames();
  test.equal("free frames", counts.free, expected.free);
  test.equal("used frames", counts.used, expected.used);
  test.equal("managed frames", counts.managed, expected.managed);
  for (const Zone& zone : zones()) {
    if (const char* broken = zone.validate()) test.fail(broken);
    if (zone.fills() && zone.check_free_list()) test.fail("a free frame is not filled");
  }
}

/// boot.S painted the stack. Where the paint is gone at the very bottom, it may have run over.
void stack_sufficed(Test& test) {
  constexpr std::uint32_t kPaint = 0x5AFE'57AC;
  const std::uint32_t* deepest = kernel_stack_begin;
  while (deepest < kernel_stack_end && *deepest == kPaint) ++deepest;
  const auto bytes_between = [](const std::uint32_t* from, const std::uint32_t* to) {
    return static_cast<std::uint32_t>(to - from) * 4;
  };
  test.note() << "stack " << bytes_between(deepest, kernel_stack_end) << " bytes used of "
              << bytes_between(kernel_stack_begin, kernel_stack_end) << '\n';
  test.check(deepest != kernel_stack_begin, "the stack was used to its last word");
}

}  // namespace assay::kernel
