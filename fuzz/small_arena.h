/// The arenas that are explored, the calls that are made there, and how many states there can be.
#pragma once

#include <cstdint>
#include <vector>

#include "impls/allocator.h"
#include "oracle/operations/operation.h"

namespace assay {

/// The largest arena that the explorer takes; nobody has the memory for one half as large.
inline constexpr std::uint32_t kMaxExploredFrames = 32;

/// An arena in which frame base + i is reserved if bit i of `reserved` is set. Requires: at most
/// Arena::kMaxHoles rows of reserved frames.
[[nodiscard]] Arena small_arena(Pfn base, FrameCount frames, std::uint32_t reserved = 0,
                                RamContent ram = RamContent::junk);

/// All calls that the explorer makes in each state: requests for 0 … frames + 1 and for 2^32 − 1
/// frames, each at multiples of 0, 1, 2, 3, 4, 8, … up to the first power ≥ frames; frees of every
/// frame from base − 1 to base + frames; and, where a design can grow, growth by each part of each
/// hole, as long as that part is reserved. Only the kinds alloc, free_at and grow.
[[nodiscard]] std::vector<Operation> all_calls(const Arena& arena, bool can_grow = true);

/// In how many ways the frames can be reserved, free or in such blocks as the contract has: for n
/// usable frames in a row, where blocks may be of any length, the Fibonacci number F(2n + 1), for
/// several rows the product; and where a design can grow, the sum over all sets of frames that may
/// still be reserved.
[[nodiscard]] std::uint64_t possible_states(const Arena& arena, const Contract& contract = {});

}  // namespace assay
