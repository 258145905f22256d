#include "kernel-shim/machine/user.h"

#include <array>

#include "kernel-shim/machine/task.h"
#include "kernel-shim/machine/timer.h"

// machine/user.S
extern "C" std::uint32_t enter_ring_3(std::uint32_t eip, std::uint32_t esp,
                                      std::uint32_t* kernel_esp);
extern "C" [[noreturn]] void leave_ring_3(std::uint32_t value, std::uint32_t kernel_esp);

namespace assay::kernel {

namespace {

/// What a CPU runs, and how that has ended.
struct Running {
  const Program* program = nullptr;
  ProgramEnd end;
};
constinit std::array<Running, kMostCpus> the_running{};

Running& running() { return the_running[this_cpu()]; }

[[noreturn]] void end_program(const ProgramEnd& end) {
  running().end = end;
  leave_ring_3(end.value, *stack_from_user());
}

std::uint32_t argument(std::uint32_t index) {
  const auto& arguments = running().program->arguments;
  return index < arguments.size() ? arguments[index] : 0;
}

}  // namespace

ProgramEnd run_program(const Program& program) {
  Running& own = running();
  own = {.program = &program, .end = {}};
  static_cast<void>(enter_ring_3(program.eip, program.esp, stack_from_user()));
  own.program = nullptr;
  return own.end;
}

void serve_system_call(TrapFrame& frame) {
  switch (static_cast<SystemCall>(frame.eax)) {
    case SystemCall::end: end_program({.value = frame.ebx, .eip = frame.eip});
    case SystemCall::argument: frame.eax = argument(frame.ebx); return;
    case SystemCall::ticks: frame.eax = ticks(); return;
  }
  end_program({.reason = "no such system call", .vector = frame.vector, .eip = frame.eip});
}

void serve_user_exception(TrapFrame& frame) {
  ProgramEnd end{
      .reason = name_of_exception(frame.vector), .vector = frame.vector, .eip = frame.eip};
  if (frame.vector == kPageFault) {
    const Program& program = *running().program;
    end.address = faulting_address();
    if (program.on_fault != nullptr) {
      asm volatile("sti" : : : "memory");  // it may wait for a disk
      const UserFault fault{.address = end.address, .error_code = frame.error_code};
      end.reason = program.on_fault(program.context, fault);
      asm volatile("cli" : : : "memory");
      if (end.reason == nullptr) return;
    }
  }
  end_program(end);
}

}  // namespace assay::kernel
