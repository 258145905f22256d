#include "kernel-shim/machine/user.h"

#include "kernel-shim/machine/task.h"
#include "kernel-shim/machine/timer.h"

// machine/user.S
extern "C" std::uint32_t enter_ring_3(std::uint32_t eip, std::uint32_t esp,
                                      std::uint32_t* kernel_esp);
extern "C" [[noreturn]] void leave_ring_3(std::uint32_t value, std::uint32_t kernel_esp);

namespace assay::kernel {

namespace {

constinit const Program* the_program = nullptr;
constinit ProgramEnd the_end;

[[noreturn]] void end_program(const ProgramEnd& end) {
  the_end = end;
  leave_ring_3(end.value, *stack_from_user());
}

std::uint32_t argument(std::uint32_t index) {
  const auto& arguments = the_program->arguments;
  return index < arguments.size() ? arguments[index] : 0;
}

}  // namespace

ProgramEnd run_program(const Program& program) {
  the_program = &program;
  the_end = {};
  static_cast<void>(enter_ring_3(program.eip, program.esp, stack_from_user()));
  the_program = nullptr;
  return the_end;
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
    end.address = faulting_address();
    if (the_program->on_fault != nullptr) {
      asm volatile("sti" : : : "memory");  // it may wait for a disk
      const UserFault fault{.address = end.address, .error_code = frame.error_code};
      end.reason = the_program->on_fault(the_program->context, fault);
      asm volatile("cli" : : : "memory");
      if (end.reason == nullptr) return;
    }
  }
  end_program(end);
}

}  // namespace assay::kernel
