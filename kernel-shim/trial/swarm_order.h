/// Which swarm the kernel is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::kernel {

struct SwarmOrder {
  std::uint64_t seed;        ///< of the first sequence
  std::uint32_t operations;  ///< in all, at least
  std::uint32_t frames;      ///< of the largest arena
};

/// Reads SEED,OPERATIONS,FRAMES: decimal numbers, the last two not 0. Returns: nothing if it is
/// anything else.
[[nodiscard]] std::optional<SwarmOrder> parse_swarm_order(std::string_view text);

}  // namespace assay::kernel
