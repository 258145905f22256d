#include "kernel-shim/trial/swarm_order.h"

#include <limits>

#include "kernel-shim/boot/numbers.h"

namespace assay::kernel {

std::optional<SwarmOrder> parse_swarm_order(std::string_view text) {
  constexpr std::uint64_t kMostFrames = 1U << 16;  // as assay-swarm
  const auto seed = take_number(text, std::numeric_limits<std::uint64_t>::max());
  if (!seed || !take_comma(text)) return std::nullopt;
  const auto operations = take_number(text, std::numeric_limits<std::uint32_t>::max());
  if (!operations || *operations == 0 || !take_comma(text)) return std::nullopt;
  const auto frames = take_number(text, kMostFrames);
  if (!frames || *frames == 0 || !text.empty()) return std::nullopt;
  return SwarmOrder{*seed, static_cast<std::uint32_t>(*operations),
                    static_cast<std::uint32_t>(*frames)};
}

}  // namespace assay::kernel
