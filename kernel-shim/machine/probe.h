/// Accesses that may fault, and go on: whether a page is mapped is seen by touching it.
#pragma once

#include <cstdint>

#include "kernel-shim/machine/trap.h"

namespace assay::kernel {

/// What became of one access of 32 bits.
struct Probe {
  bool faulted = false;
  std::uint32_t vector = 0;      ///< of the exception, if it faulted
  std::uint32_t error_code = 0;  ///< the CPU's; for a page fault see PageFault
  std::uint32_t cr2 = 0;         ///< the address that a page fault is about
  std::uint32_t value = 0;       ///< what was read, or written

  [[nodiscard]] bool is_page_fault() const { return faulted && vector == kPageFault; }
};

/// Reads the word at `address`, or finds that it cannot be read.
[[nodiscard]] Probe probe_read(std::uint32_t address);
/// Writes `value` to `address`, or finds that it cannot be written, and then changes nothing.
[[nodiscard]] Probe probe_write(std::uint32_t address, std::uint32_t value);

/// For the trap handler: notes an exception that a probe's access has led to, and lets the probe go
/// on. Returns: false if it was no probe's.
[[nodiscard]] bool resume_probe(TrapFrame& frame);

}  // namespace assay::kernel
