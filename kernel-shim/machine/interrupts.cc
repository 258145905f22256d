#include "kernel-shim/machine/interrupts.h"

#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/ports.h"
#include "kernel-shim/machine/timer.h"
#include "kernel-shim/machine/watchdog.h"

namespace assay::kernel {

namespace {

/// One of the two 8259 interrupt controllers; the second hangs at line 2 of the first.
struct Controller {
  std::uint16_t command;
  std::uint16_t mask;
  std::uint8_t vector;   ///< of its first line
  std::uint8_t cascade;  ///< how it is told where the other one hangs
};
constexpr Controller kFirst{0x20, 0x21, kFirstInterrupt, 1U << 2};
constexpr Controller kSecond{0xA0, 0xA1, kFirstInterrupt + 8, 2};

constexpr std::uint8_t kInitialise = 0x11;  // three more bytes follow on the port of the mask
constexpr std::uint8_t kMode8086 = 0x01;
constexpr std::uint8_t kReadInService = 0x0B;
constexpr std::uint8_t kEndOfInterrupt = 0x20;
constexpr std::uint8_t kAllMasked = 0xFF;
constexpr std::uint32_t kTimerLine = 0;
constexpr std::uint32_t kSerialLine = 4;
constexpr std::uint32_t kLastLine = 7;  // of each; also the one that a request too short comes by

constexpr std::uint8_t kAllButTimer = kAllMasked & ~(1U << kTimerLine);

constinit bool serial_is_unmasked = false;

void initialise(const Controller& controller, std::uint8_t mask) {
  write_port(controller.command, kInitialise);
  write_port(controller.mask, controller.vector);
  write_port(controller.mask, controller.cascade);
  write_port(controller.mask, kMode8086);
  write_port(controller.mask, mask);
}

/// The controller took a line for raised that was not any more when the CPU asked which.
bool is_spurious(const Controller& controller) {
  write_port(controller.command, kReadInService);
  return (read_port(controller.command) >> kLastLine & 1) == 0;
}

}  // namespace

void start_interrupts() {
  initialise(kFirst, kAllButTimer);
  initialise(kSecond, kAllMasked);
  start_timer();
  asm volatile("sti");
}

void unmask_serial_line() {
  serial_is_unmasked = true;
  write_port(kFirst.mask, kAllButTimer & ~(1U << kSerialLine));
}

void handle_interrupt(std::uint32_t line, CodePlace place) {
  if (line == kLastLine && is_spurious(kFirst)) return;
  if (line == 8 + kLastLine && is_spurious(kSecond)) {
    write_port(kFirst.command, kEndOfInterrupt);  // for the line that the second hangs at
    return;
  }
  if (line == kSerialLine && serial_is_unmasked) {
    write_port(kFirst.command, kEndOfInterrupt);
    return;
  }
  if (line != kTimerLine) {
    begin_panic(Exit::panic) << "an interrupt of line " << line << ", which is masked";
    exit_machine(Exit::panic, place);
  }
  write_port(kFirst.command, kEndOfInterrupt);
  count_tick();
  Watchdog::look(place);
}

}  // namespace assay::kernel
