/// Who can be explored: every design with every set of its parameters, and the zoo.
///
/// An explorer per type takes long to compile; hence the lists are in two files.
#pragma once

#include <span>

#include "fuzz/explorer.h"

namespace assay {

/// A design with one set of its parameters.
struct Variant {
  using Explore = Exploration (*)(const Arena& arena, ExploreLimits limits);

  const char* design;
  unsigned word_bits;  ///< 0: the design's own
  bool can_grow;
  Explore explore;
  Explore explore_with_both;  ///< judged by both oracles; a member of the zoo has one only
};

template <FrameAllocator Design, class Books>
[[nodiscard]] Exploration explore(const Arena& arena, ExploreLimits limits) {
  return Explorer<Design, Books>(arena, std::move(limits)).run();
}

/// The designs, those with words of several widths once per width.
[[nodiscard]] std::span<const Variant> design_variants();
[[nodiscard]] std::span<const Variant> zoo_variants();

}  // namespace assay
