#include "kernel-shim/inject.h"

#include <cstdint>

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/memory/kernel_memory.h"

namespace assay::kernel {

namespace {

constinit bool hangs_in_trial = false;

/// The watchdog does not see it.
void hang_unseen() {
  const InterruptsOff off;
  hang();
}

/// No handler can be found for the breakpoint, none for the fault that is, nor for the double
/// fault.
void triple_fault() {
  struct [[gnu::packed]] {
    std::uint16_t limit = 0;
    std::uint32_t table = 0;
  } nothing;
  asm volatile("lidt %0; int3" : : "m"(nothing));
}

void fault_on_page() { *reinterpret_cast<volatile std::uint32_t*>(0x00BA'D000) = 1; }

/// So deep that no stack suffices; an interrupt may come at any depth.
std::uint32_t recurse(std::uint32_t depth) {
  volatile std::uint32_t room[16];
  room[0] = depth;
  return depth == 0 ? 0 : recurse(depth - 1) + room[0];
}

/// As code does that lost its stack: whoever follows frame pointers must not follow this one.
void lose_frame() { asm volatile("movl $0xF00DF00C, %%ebp; ud2" : : : "memory"); }

/// Nothing comes of it but in a kernel where undefined behaviour traps.
void overflow() {
  volatile std::int32_t largest = 0x7FFF'FFFF;
  largest = largest + 1;
}

void divide_by_zero() { asm volatile("divl %0" : : "r"(0), "a"(1), "d"(0)); }

void leak() { static_cast<void>(take_frame()); }

}  // namespace

void inject_fault(std::string_view name) {
  if (name.empty()) return;
  if (name == "hang") return hang_unseen();
  if (name == "hang_in_trial") {
    hangs_in_trial = true;
    return;
  }
  if (name == "triple") return triple_fault();
  if (name == "panic") panic(Exit::panic, "injected");
  if (name == "pagefault") return fault_on_page();
  if (name == "stack_overflow") return static_cast<void>(recurse(1'000'000));
  if (name == "lost_frame") return lose_frame();
  if (name == "undefined") return overflow();
  if (name == "divide") return divide_by_zero();
  if (name == "leak") return leak();
  if (name == "quit") exit_machine(Exit::passed);
  panic(Exit::bad_boot, "inject= names no fault; see kernel-shim/inject.h");
}

/// Without `pause`: for that QEMU leaves the guest each time, and under -icount no tick would ever
/// come.
void hang() {
  while (true) asm volatile("");
}

bool hang_in_trial_is_injected() { return hangs_in_trial; }

}  // namespace assay::kernel
