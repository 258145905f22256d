/// Numbers of things in a sentence: `1 frame`, `2 frames`.
#pragma once

#include <cstdint>

#include "kernel-shim/machine/console.h"

namespace assay::kernel {

struct Counted {
  std::uint32_t number;
  const char* thing;  ///< one of them
};

[[nodiscard]] inline Counted counted(std::size_t number, const char* thing) {
  return {static_cast<std::uint32_t>(number), thing};
}
[[nodiscard]] inline Counted frames(FrameCount count) { return {count.value(), "frame"}; }

inline const Console& operator<<(const Console& out, Counted counted) {
  return out << counted.number << ' ' << counted.thing << (counted.number == 1 ? "" : "s");
}

}  // namespace assay::kernel
