/// Allocators that are wrong on purpose, each by one fault. They prove that the judge can fail.
///
/// One `DESIGN(name, type)` a line, as in impls/designs.h.
#pragma once

#include "impls/bitmap/bitmap.h"

namespace assay {

/// Accepts the free of a frame inside a block and releases the whole block: the most common fault
/// of real kernels. C5 must catch it.
class Canary : public Bitmap<> {
 public:
  FreeResult free(Pfn pfn) {
    const std::optional<Run> block = block_at(pfn);
    return Bitmap<>::free(block ? block->first : pfn);
  }
};

}  // namespace assay

// clang-format off
#define ASSAY_ZOO(DESIGN)   \
  DESIGN(canary, Canary)
// clang-format on

namespace assay {

#define ASSAY_CHECK_DESIGN(name, type) static_assert(FrameAllocator<type>);
ASSAY_ZOO(ASSAY_CHECK_DESIGN)
#undef ASSAY_CHECK_DESIGN

}  // namespace assay
