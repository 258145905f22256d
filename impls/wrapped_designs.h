/// Wrapped designs that tools know by name, like those of designs.h: they are explored, fuzzed and
/// replayed, but neither measured nor booted. Compiled once, in filled.cc: where sanitizers and
/// coverage watch them.
#pragma once

#include "impls/designs.h"
#include "impls/filled/filled.h"

// clang-format off
#define ASSAY_WRAPPED_DESIGNS(DESIGN)   \
  DESIGN(filled_free_list, Filled<FreeList>)
// clang-format on

namespace assay {

#define ASSAY_CHECK_DESIGN(name, type) static_assert(FrameAllocator<type>);
ASSAY_WRAPPED_DESIGNS(ASSAY_CHECK_DESIGN)
#undef ASSAY_CHECK_DESIGN

extern template class Filled<FreeList>;

}  // namespace assay
