/// The machine itself: faults that are looked for, and interrupts.
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/probe.h"
#include "kernel-shim/machine/timer.h"
#include "kernel-shim/tests/tests.h"

extern "C" const std::uint32_t kernel_stack_guard[];
extern "C" const std::uint32_t kernel_stack_begin[];

namespace assay::kernel {

namespace {

/// Waits for the interrupt that counts a tick. It may come late, since it depends on threads of the
/// host; a thousand ticks late is never. Returns: whether it came.
bool a_tick_comes() {
  const std::uint32_t before = ticks();
  TickWatch watch;
  while (ticks() == before && watch.begun() < 1000) {
  }
  return ticks() != before;
}

}  // namespace

/// The page of the null pointer faults; a word of the kernel's own does not, and changes.
void probes_survive_faults(Test& test) {
  for (const std::uint32_t address : {0U, 4U, 0xFFCU}) {
    const Probe read = probe_read(address);
    test.check(read.is_page_fault(), "a read of page 0 faults");
    test.equal("cr2 of the read", read.cr2, address);
    test.equal("error code of the read", read.error_code, 0);
    const Probe write = probe_write(address, 1);
    test.check(write.is_page_fault(), "a write to page 0 faults");
    test.equal("cr2 of the write", write.cr2, address);
    test.equal("error code of the write", write.error_code, kPageWrite);
  }
  static volatile std::uint32_t word;
  word = 0x600D;
  const auto address = reinterpret_cast<std::uintptr_t>(&word);
  const Probe read = probe_read(address);
  test.check(!read.faulted, "a read of a good word does not fault");
  test.equal("the word read", read.value, 0x600D);
  test.check(!probe_write(address, 0xF00D).faulted, "a write to a good word does not fault");
  test.equal("the word written", word, 0xF00D);
}

void the_page_below_the_stack_faults(Test& test) {
  for (const std::uint32_t word : {0U, 1023U}) {
    const auto address = reinterpret_cast<std::uintptr_t>(kernel_stack_guard + word);
    test.check(probe_read(address).is_page_fault(), "a read faults");
    test.check(probe_write(address, 1).is_page_fault(), "a write faults");
  }
  const auto stack = reinterpret_cast<std::uintptr_t>(kernel_stack_begin);
  test.check(!probe_read(stack).faulted, "the stack's last word does not fault");
}

/// By the PIT's own counter: where ticks begin, their interrupts come; with interrupts off none
/// comes, and one that fell due comes behind it. An inner scope does not end the outer one.
void ticks_come_unless_kept_off(Test& test) {
  test.check(a_tick_comes(), "ticks come while a loop runs");
  {
    const InterruptsOff off;
    const std::uint32_t before = ticks();
    {
      const InterruptsOff off_already;
    }
    TickWatch watch;
    while (watch.begun() < 3) {
    }
    test.equal("ticks with interrupts off", ticks(), before);
  }
  test.check(a_tick_comes(), "ticks come again");
  test.note() << "ticks " << ticks() << " since boot\n";
}

/// Lines 7 and 15 are raised though no device did, as hardware does now and then; the timer's
/// interrupts must still come.
void spurious_interrupts_do_no_harm(Test& test) {
  asm volatile("int %0" : : "i"(kFirstInterrupt + 7));
  asm volatile("int %0" : : "i"(kFirstInterrupt + 15));
  test.check(a_tick_comes(), "ticks come behind spurious interrupts");
}

}  // namespace assay::kernel
