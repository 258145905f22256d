/// The console: text on the first serial line, which is all that the kernel says to anybody.
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

  /// Characters printed so far.
  [[nodiscard]] static std::uint32_t written();

  /// Ends a line that was begun, so that what follows stands at the start of one.
  void finish_line() const;
};

inline constexpr Console console;

}  // namespace assay::kernel
