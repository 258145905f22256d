/// The x86's port space: single bytes in and out.
#pragma once

#include <cstdint>

namespace assay::kernel {

inline void write_port(std::uint16_t port, std::uint8_t value) {
  asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

[[nodiscard]] inline std::uint8_t read_port(std::uint16_t port) {
  std::uint8_t value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

}  // namespace assay::kernel
