/// Exceptions and interrupts. But for probes (machine/probe.h) no exception is expected, so each
/// ends the kernel with a line that says what happened where.
#pragma once

#include <cstdint>

namespace assay::kernel {

inline constexpr std::uint16_t kCodeSegment = 0x08;  // boot.S: its table of segments
inline constexpr std::uint16_t kDataSegment = 0x10;
inline constexpr std::uint32_t kPageFault = 14;

/// What the error code of a page fault says.
enum PageFault : std::uint32_t {
  kPageProtected = 1,  ///< the page is mapped, but not for this; else it is not mapped
  kPageWrite = 2,      ///< a write; else a read
};

/// What boot/trap.S and the CPU left on the stack, lowest address first.
struct TrapFrame {
  std::uint32_t edi, esi, ebp, esp_before_pushal, ebx, edx, ecx, eax;
  std::uint32_t vector, error_code;
  std::uint32_t eip, cs, eflags;
};

/// Installs a handler for each exception and for each interrupt; those stay off.
void install_trap_handlers();
/// Lets another CPU use them too. Requires: they are installed.
void load_trap_handlers();

/// The address that the last page fault was about.
[[nodiscard]] inline std::uint32_t faulting_address() {
  std::uint32_t address;
  asm volatile("mov %%cr2, %0" : "=r"(address));
  return address;
}

}  // namespace assay::kernel
