#include "kernel-shim/machine/exit.h"

#include "kernel-shim/machine/ports.h"
#include "kernel-shim/machine/task.h"

namespace assay::kernel {

namespace {

constexpr std::uint16_t kDebugExitPort = 0xF4;

const char* prefix_of(Exit code) {
  switch (code) {
    case Exit::hang: return "hang: ";
    case Exit::bad_boot: return "bad boot: ";
    case Exit::bad_map: return "bad memory: ";
    default: return "";
  }
}

}  // namespace

void exit_machine(Exit code, CodePlace place) {
  Console::seize();
  console.finish_line();
  if (code == Exit::panic || code == Exit::hang) {
    if (this_cpu() != 0) console << "# on CPU " << this_cpu() << '\n';
    print_backtrace(place);
  }
  write_port(kDebugExitPort, static_cast<std::uint8_t>(code));
  while (true) asm volatile("cli; hlt");
}

void exit_machine(Exit code) {
  const std::uint32_t call = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) - 1;
  const std::uint32_t frame = *static_cast<const std::uint32_t*>(__builtin_frame_address(0));
  exit_machine(code, {.eip = call, .ebp = frame});
}

const Console& begin_panic(Exit code) {
  Console::seize();
  console.finish_line();
  return console << "PANIC " << prefix_of(code);
}

void panic(Exit code, const char* reason) {
  begin_panic(code) << reason;
  exit_machine(code);
}

}  // namespace assay::kernel
