/// Programs: code that runs in ring 3, in the directory that is loaded. It enters the kernel by
/// system calls and exceptions alone; what it may not do ends it, not the kernel. Each CPU can run
/// one, all at once.
#pragma once

#include <cstdint>
#include <span>

#include "kernel-shim/machine/trap.h"

namespace assay::kernel {

/// What a program asks for: the number in eax, its argument in ebx, the answer in eax. `int 0x80`
/// with any other number ends the program.
enum class SystemCall : std::uint32_t {
  end = 0,       ///< ends the program with the value in ebx
  argument = 1,  ///< one of the words that it was started with, by its index; 0 behind the last
  ticks = 2,     ///< ticks since boot
};

/// A page fault of a program.
struct UserFault {
  std::uint32_t address;
  std::uint32_t error_code;  ///< see PageFault
};

/// Serves a page fault, with interrupts on. Returns: nullptr if the program can go on, or why it
/// cannot.
using FaultHandler = const char* (*)(void* context, UserFault fault);

struct Program {
  std::uint32_t eip;
  std::uint32_t esp;
  std::span<const std::uint32_t> arguments;
  FaultHandler on_fault = nullptr;  ///< none: a page fault ends it
  void* context = nullptr;          ///< for on_fault
};

/// How a program ended.
struct ProgramEnd {
  const char* reason = nullptr;  ///< why the kernel ended it; nullptr: it ended itself
  std::uint32_t value = 0;       ///< what it said at its end
  std::uint32_t vector = 0;      ///< of the exception that it was ended for
  std::uint32_t address = 0;     ///< that a page fault was about
  std::uint32_t eip = 0;         ///< where it was then

  [[nodiscard]] bool ended_itself() const { return reason == nullptr; }
};

/// Runs a program on this CPU until it ends or is ended. Requires: this CPU runs none; its code and
/// stack are mapped for users in the directory that this CPU has loaded.
[[nodiscard]] ProgramEnd run_program(const Program& program);

/// For the trap handler: `int 0x80`, and an exception in ring 3. They return if the program goes
/// on.
void serve_system_call(TrapFrame& frame);
void serve_user_exception(TrapFrame& frame);

}  // namespace assay::kernel
