/// Who can be explored: every design, with words of several widths where it has words, and the zoo.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "oracle/host/registry.h"

namespace assay {

/// A design with one set of its parameters.
struct Variant {
  const char* name;    ///< of the design
  unsigned word_bits;  ///< 0: the design's own
  AnyDesign design;
};

/// A design by its name, or with words of so many bits: `bitmap/8`, which is called `bitmap`, too.
[[nodiscard]] std::optional<DesignEntry> find_variant(std::string_view name);

/// All variants of one design, its own parameters first; none if there is no design of that name.
[[nodiscard]] std::vector<Variant> variants_of(std::string_view name);

}  // namespace assay
