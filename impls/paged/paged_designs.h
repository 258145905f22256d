/// `Paged` over every design, compiled once, in paged.cc: where sanitizers and coverage watch it.
#pragma once

#include "impls/designs.h"
#include "impls/paged/paged.h"

namespace assay {

template <class Design>
inline constexpr bool kCanPage = FrameAllocator<Paged<Design>>;

#define ASSAY_PAGED_DESIGN(name, type) \
  static_assert(kCanPage<type>);       \
  extern template class Paged<type>;
ASSAY_DESIGNS(ASSAY_PAGED_DESIGN)
#undef ASSAY_PAGED_DESIGN

}  // namespace assay
