/// Which inputs a libFuzzer target takes: one beyond these would cost more than it can show.
#pragma once

#include <cstdint>

#include "oracle/operations/bytes.h"

namespace assay {

[[nodiscard]] inline bool is_within_limits(const Survey& needs) {
  constexpr FrameCount kMaxFrames{1U << 16};
  constexpr std::uint64_t kMaxElements = 1U << 18;
  return needs.arena.frames <= kMaxFrames && needs.elements <= kMaxElements;
}

}  // namespace assay
