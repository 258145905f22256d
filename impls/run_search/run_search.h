/// Searches for runs of free frames, the same over every map of frames that can answer
///
///     next_run(from, count)     the lowest index ≥ from at which so many free frames may begin, or
///                               kNotFound; a map that knows no better gives the next free index
///     next_free(from, limit)    the lowest free index in [from, limit), or limit
///     next_taken(from, limit)   the lowest index in [from, limit) that is not free, or limit
///
/// Cost: one of two questions per run of free frames that is looked at.
#pragma once

#include <cstdint>

#include "impls/allocator.h"
#include "impls/index.h"

namespace assay {

/// The lowest index ≥ `from` of `count` free frames of which the first one's Pfn (index + base) is
/// aligned, or kNotFound. `frames` is how many the map has.
template <class Map>
[[nodiscard]] std::uint32_t find_run(const Map& map, std::uint32_t from, std::uint32_t frames,
                                     Pfn base, FrameCount count, FrameCount alignment) {
  const std::uint32_t wanted = count.value();
  std::uint32_t index = map.next_run(from, wanted);
  while (index != kNotFound) {
    const std::uint64_t aligned = align_up(base + FrameCount{index}, alignment) - base.value();
    if (aligned + wanted > frames) return kNotFound;
    const auto start = static_cast<std::uint32_t>(aligned);
    const std::uint32_t taken = map.next_taken(start, start + wanted);
    if (taken == start + wanted) return start;
    index = map.next_run(taken, wanted);
  }
  return kNotFound;
}

/// Frames in the longest run of free ones.
template <class Map>
[[nodiscard]] std::uint32_t longest_free_run(const Map& map, std::uint32_t frames) {
  std::uint32_t longest = 0;
  std::uint32_t index = map.next_free(0, frames);
  while (index < frames) {
    const std::uint32_t taken = map.next_taken(index, frames);
    if (taken - index > longest) longest = taken - index;
    index = map.next_free(taken, frames);
  }
  return longest;
}

}  // namespace assay
