/// Frames by index: Pfn − base, so that an arena's first frame is 0 wherever it lies.
#pragma once

#include <cstdint>

namespace assay {

/// The frames [first, first + count) by index.
struct IndexRun {
  std::uint32_t first;
  std::uint32_t count;

  [[nodiscard]] constexpr std::uint32_t end() const { return first + count; }
  [[nodiscard]] constexpr std::uint32_t last() const { return first + count - 1; }
};

/// What a search for an index returns when there is none.
inline constexpr std::uint32_t kNotFound = 0xFFFF'FFFF;

}  // namespace assay
