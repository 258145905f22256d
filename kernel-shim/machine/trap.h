/// Exceptions and interrupts. But for probes (machine/probe.h) and programs (machine/user.h) no
/// exception is expected, so each ends the kernel with a line that says what happened where.
#pragma once

#include <cstdint>

namespace assay::kernel {

inline constexpr std::uint16_t kCodeSegment = 0x08;  // boot.S: its table of segments
inline constexpr std::uint16_t kDataSegment = 0x10;
inline constexpr std::uint16_t kUserCodeSegment = 0x2B;  // task.cc has them; ring 3
inline constexpr std::uint16_t kUserDataSegment = 0x33;
inline constexpr std::uint32_t kPageFault = 14;
inline constexpr std::uint32_t kSystemCall = 128;  ///< the vector of a program's system call

/// What the error code of a page fault says.
enum PageFault : std::uint32_t {
  kPageProtected = 1,  ///< the page is mapped, but not for this; else it is not mapped
  kPageWrite = 2,      ///< a write; else a read
};

/// What boot/trap.S and the CPU left on the stack, lowest address first.
struct TrapFrame {
  std::uint32_t gs, fs, es, ds;
  std::uint32_t edi, esi, ebp, esp_before_pushal, ebx, edx, ecx, eax;
  std::uint32_t vector, error_code;
  std::uint32_t eip, cs, eflags;
  std::uint32_t user_esp, user_ss;  ///< there only if is_user()

  /// Whether a program was interrupted, in ring 3.
  [[nodiscard]] bool is_user() const { return (cs & 3) == 3; }
};

/// What an exception is called, 0 … 31.
[[nodiscard]] const char* name_of_exception(std::uint32_t vector);

/// Installs a handler for each exception, each interrupt and the system call; interrupts stay off.
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
