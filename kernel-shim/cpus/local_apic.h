/// The interrupt controller that each CPU has to itself: through it CPUs start and interrupt each
/// other.
#pragma once

#include <cstdint>

namespace assay::kernel {

/// The one vector by which CPUs interrupt each other, behind those of devices.
inline constexpr std::uint32_t kCpuVector = 48;

/// Maps the registers: all CPUs have theirs at the same address. Returns: false if there is no room
/// or no frame for a page table. Requires: the kernel's directory is loaded.
[[nodiscard]] bool map_local_apic();

/// Lets this CPU's take interrupts of other CPUs; `devices`: those of devices too, by the 8259s.
/// Requires: map_local_apic was called.
void enable_local_apic(bool devices);

/// The number that hardware has for this CPU.
[[nodiscard]] std::uint32_t local_apic_id();

/// Resets all other CPUs; from then on they wait for start_others.
void reset_others();
/// They begin in real mode at `address`, a multiple of 4096 below 1 MiB.
void start_others(std::uint32_t address);
/// Interrupts all others, by kCpuVector.
void interrupt_others();
/// An interrupt of that kind has been served.
void end_cpu_interrupt();

}  // namespace assay::kernel
