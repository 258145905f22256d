/// Who holds which frame of a small arena, in two words.
#pragma once

#include <cstdint>
#include <optional>

#include "impls/frame.h"

namespace assay {

/// Who holds which frame: bit i is frame base + i.
struct Holding {
  std::uint32_t used = 0;
  std::uint32_t last = 0;      ///< the last frame of its block
  std::uint32_t reserved = 0;  ///< not usable yet

  bool operator==(const Holding&) const = default;
  /// As one number: a frame that is in no block and yet the last of one is reserved.
  [[nodiscard]] std::uint64_t packed() const { return std::uint64_t{last | reserved} << 32 | used; }
  [[nodiscard]] static Holding unpack(std::uint64_t packed) {
    const auto used = static_cast<std::uint32_t>(packed);
    const auto marked = static_cast<std::uint32_t>(packed >> 32);
    return {used, marked & used, marked & ~used};
  }
};

template <class Books>
[[nodiscard]] Holding holding_of(const Books& model) {
  Holding holding;
  const Run arena = model.arena();
  for (std::uint32_t i = 0; i < arena.count.value(); ++i) {
    const Pfn pfn = arena.first + FrameCount{i};
    if (const std::optional<Run> block = model.block_at(pfn)) {
      holding.used |= 1U << i;
      if (pfn + FrameCount{1} == block->end()) holding.last |= 1U << i;
    } else if (model.is_reserved({pfn, FrameCount{1}})) {
      holding.reserved |= 1U << i;
    }
  }
  return holding;
}

}  // namespace assay
