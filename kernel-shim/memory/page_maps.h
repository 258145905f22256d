/// Pages of the kernel's heap with frames behind them: addresses in a row, frames from anywhere.
#pragma once

#include <cstdint>

namespace assay::kernel {

/// Maps as many pages as hold `bytes`, and the same number of frames, in whatever zone. Returns:
/// the address of the first page; 0, and nothing is taken, if bytes is 0 or if addresses, frames or
/// tables run out half-way.
[[nodiscard]] std::uint32_t map_pages(std::uint32_t bytes);

/// Unmaps such a block, and only then frees its frames. Returns: its pages, or 0 if none starts
/// there.
std::uint32_t unmap_pages(std::uint32_t address);

}  // namespace assay::kernel
