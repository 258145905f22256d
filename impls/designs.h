/// The one list of designs: name, type. The build, the command and the kernel read it from here,
/// one `DESIGN(name, type)` a line.
#pragma once

#include "impls/allocator.h"
#include "impls/bitmap/bitmap.h"
#include "impls/buddy/buddy.h"
#include "impls/coremap/coremap.h"
#include "impls/free_list/free_list.h"
#include "impls/tag_bitmap/tag_bitmap.h"

// clang-format off
#define ASSAY_DESIGNS(DESIGN)   \
  DESIGN(bitmap, Bitmap<>)      \
  DESIGN(buddy, Buddy<>)        \
  DESIGN(coremap, Coremap)      \
  DESIGN(free_list, FreeList)   \
  DESIGN(tag_bitmap, TagBitmap<>)
// clang-format on

namespace assay {

#define ASSAY_CHECK_DESIGN(name, type) static_assert(FrameAllocator<type>);
ASSAY_DESIGNS(ASSAY_CHECK_DESIGN)
#undef ASSAY_CHECK_DESIGN

}  // namespace assay
