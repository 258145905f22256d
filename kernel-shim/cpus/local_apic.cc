#include "kernel-shim/cpus/local_apic.h"

#include "kernel-shim/memory/maps.h"

namespace assay::kernel {

namespace {

constexpr PhysicalRange kRegisters{0xFEE0'0000, 0xFEE0'1000};

// Offsets of registers, and the bits that are used.
constexpr std::uint32_t kId = 0x020;
constexpr std::uint32_t kEndOfInterrupt = 0x0B0;
constexpr std::uint32_t kSpurious = 0x0F0;
constexpr std::uint32_t kCommand = 0x300;
constexpr std::uint32_t kLine0 = 0x350;
constexpr std::uint32_t kEnabled = 1U << 8;
constexpr std::uint32_t kMasked = 1U << 16;
constexpr std::uint32_t kAsThe8259Says = 0x700;
constexpr std::uint32_t kAllOthers = 0xC'4000;  // and asserted
constexpr std::uint32_t kInit = 0x500;
constexpr std::uint32_t kStart = 0x600;
constexpr std::uint32_t kBusy = 1U << 12;

constinit std::uint32_t the_registers = 0;

volatile std::uint32_t& at(std::uint32_t offset) {
  return *reinterpret_cast<volatile std::uint32_t*>(the_registers + offset);
}

void command_others(std::uint32_t what) {
  at(kCommand) = kAllOthers | what;
  while ((at(kCommand) & kBusy) != 0) {
  }
}

}  // namespace

bool map_local_apic() {
  the_registers = map_device(kRegisters);
  return the_registers != 0;
}

/// A spurious interrupt comes by the same vector: it finds nothing to do, and that it is ended
/// though it never began does no harm.
void enable_local_apic(bool devices) {
  at(kLine0) = devices ? kAsThe8259Says : kMasked;
  at(kSpurious) = kEnabled | kCpuVector;
}

std::uint32_t local_apic_id() { return at(kId) >> 24; }

void reset_others() { command_others(kInit); }
void start_others(std::uint32_t address) { command_others(kStart | address >> 12); }
void interrupt_others() { command_others(kCpuVector); }
void end_cpu_interrupt() { at(kEndOfInterrupt) = 0; }

}  // namespace assay::kernel
