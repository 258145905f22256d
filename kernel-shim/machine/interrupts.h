/// Interrupts of devices: of the timer, which looks whether the kernel still gets on, and for who
/// reads the console of the serial line.
///
/// An allocator is not reentrant, so no handler may call it, nor anything else that a call of it
/// could have been interrupted in.
#pragma once

#include <cstdint>

#include "kernel-shim/machine/backtrace.h"

namespace assay::kernel {

inline constexpr std::uint32_t kInterruptLines = 16;
inline constexpr std::uint32_t kFirstInterrupt = 32;  ///< the vector of line 0, behind exceptions

/// Starts the timer and lets its interrupts come; all other lines stay masked.
/// Requires: install_trap_handlers was called.
void start_interrupts();

/// Lets those of the serial line come, too; they do nothing but wake the CPU.
void unmask_serial_line();

/// For the trap handler: serves line 0 … 15, which came while the CPU was at `place`. A spurious
/// interrupt is none; one of a masked line ends the kernel.
void handle_interrupt(std::uint32_t line, CodePlace place);

inline constexpr std::uint32_t kInterruptFlag = 1U << 9;  ///< of eflags; 1: they come

/// Whether interrupts come to this CPU.
[[nodiscard]] inline bool are_interrupts_on() {
  std::uint32_t flags;
  asm volatile("pushf; pop %0" : "=r"(flags) : : "memory");
  return (flags & kInterruptFlag) != 0;
}

/// Keeps interrupts off while its scope lasts; scopes nest.
class InterruptsOff {
 public:
  InterruptsOff() { asm volatile("pushf; pop %0; cli" : "=r"(flags_) : : "memory"); }
  ~InterruptsOff() {
    if ((flags_ & kInterruptFlag) != 0) asm volatile("sti" : : : "memory");
  }
  InterruptsOff(const InterruptsOff&) = delete;
  InterruptsOff& operator=(const InterruptsOff&) = delete;

 private:
  std::uint32_t flags_;  ///< as they were
};

}  // namespace assay::kernel
