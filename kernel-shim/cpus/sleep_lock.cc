#include "kernel-shim/cpus/sleep_lock.h"

#include "kernel-shim/cpus/local_apic.h"
#include "kernel-shim/cpus/memory_lock.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/interrupts.h"

namespace assay::kernel {

void SleepLock::take() {
  if (MemoryLock::is_held()) panic(Exit::panic, "a CPU would sleep with the memory's lock");
  if (!are_interrupts_on()) panic(Exit::panic, "a CPU would sleep with interrupts off");
  if (is_mine()) panic(Exit::panic, "a CPU has the sleeping lock that it waits for");
  if (try_to_take()) return;
  const std::uint32_t own_bit = 1U << this_cpu();
  const InterruptsOff off;
  // Announced first, tried again then: whoever gives the lock back behind the try sees the bit. Its
  // interrupt is held back until the CPU halts, and ends that.
  waiters_ |= own_bit;
  while (!try_to_take()) {
    ++sleeps_;
    asm volatile("sti; hlt; cli" : : : "memory");
  }
  waiters_ &= ~own_bit;
}

void SleepLock::give() {
  if (!is_mine()) panic(Exit::panic, "a CPU gives back a sleeping lock that it has not got");
  owner_ = kNobody;
  if (waiters_ != 0) interrupt_others();
}

bool SleepLock::try_to_take() {
  std::uint32_t expected = kNobody;
  return owner_.compare_exchange_strong(expected, this_cpu());
}

}  // namespace assay::kernel
