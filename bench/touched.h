/// How much memory a pass really touches, page by page: what a design asks for may be more.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/contestant.h"

namespace assay {

/// Pages of 4096 bytes that were read or written, in bytes.
struct Touched {
  std::uint64_t metadata_bytes = 0;
  std::uint64_t frame_bytes = 0;  ///< of the frames themselves, by an allocator with links in them

  bool operator==(const Touched&) const = default;
};

/// Lets the contestant perform the plan once, in memory that nobody has touched, and asks the
/// kernel (mincore) which pages are there then. `memory` gives its frames back to the machine
/// first, so that there is room. Nothing where the kernel does not say.
[[nodiscard]] std::optional<Touched> measure_touched(const Contestant& contestant,
                                                     const Arena& arena, const Plan& plan,
                                                     HostMemory& memory);

}  // namespace assay
