/// A row of dots for what takes long, so that a person sees that it goes on, and the watchdog too.
#pragma once

#include <cstdint>

#include "kernel-shim/machine/console.h"

namespace assay::kernel {

inline constexpr std::uint32_t kOperationsPerDot = 20'000;

/// So many operations are done. Requires: it is called for each number.
inline void show_dot(std::uint32_t done) {
  if (done % kOperationsPerDot == 0 && done > 0) console << '.';
}

}  // namespace assay::kernel
