/// The console: text on the first serial line, which is all that the kernel says to anybody, and
/// all that it hears. One CPU speaks, the boot CPU, until another one has to say why it ends the
/// kernel.
#pragma once

#include <cstdint>

#include "impls/frame.h"

namespace assay::kernel {

/// A number to be printed as 0x…, in as many digits as its type has.
struct Hex {
  std::uint32_t value;
};
struct LongHex {
  std::uint64_t value;
};

class Console {
 public:
  /// 115200 baud, 8 data bits, no parity, 1 stop bit, FIFO on.
  static void init();

  const Console& operator<<(char c) const;
  const Console& operator<<(const char* text) const;
  const Console& operator<<(std::uint32_t number) const;
  const Console& operator<<(Hex number) const;
  const Console& operator<<(LongHex number) const;
  const Console& operator<<(Pfn pfn) const;
  const Console& operator<<(FrameCount count) const;
  /// First and last frame: `40..43`; a run without frames is `no frames`.
  const Console& operator<<(Run run) const;

  /// From now on this CPU alone prints, for good: another one stops where it tries to, without a
  /// word. If another one has seized it already, this one stops.
  static void seize();

  /// Characters printed so far.
  [[nodiscard]] static std::uint32_t written();

  /// From now on the line's interrupt wakes who reads. Requires: start_interrupts was called.
  static void listen();
  /// The next character; until it comes, the CPU sleeps. What nobody reads stays in the UART, and
  /// whoever sends it waits. Requires: listen() was called, and interrupts are on.
  [[nodiscard]] static char read();

  /// Ends a line that was begun, so that what follows stands at the start of one.
  void finish_line() const;
};

inline constexpr Console console;

}  // namespace assay::kernel
