/* framesBitmap's functions over an exported allocator: frames by their physical addresses. Left
 * out: pages and their maps (allocPages, kmmap, mapPage and their like).
 */
#ifndef ASSAY_EXPORT_FRAMES_H
#define ASSAY_EXPORT_FRAMES_H

#include "assay_direct_map.h"

#ifdef __cplusplus
extern "C" {
#endif

#define THEORICAL_FRAMES_NUMBER 1048576u /* 4 GiB */

/* A frame, or 0 when there is none, so frame 0 stays reserved. The source calls it with 0; with
 * another number, only a frame below that one will do. */
static inline uint32_t allocFrame(uint32_t end) {
  const uint32_t frame = assay_locked_allocate(1);
  if (frame == ASSAY_NONE) return 0;
  if (end == 0 || frame < end) return frame * ASSAY_FRAME_BYTES;
  assay_locked_free(frame);
  return 0;
}

/* Returns: frames freed; 0 for what allocFrame did not give. */
static inline uint32_t freeFrame(uint32_t ptr) {
  if (ptr % ASSAY_FRAME_BYTES != 0) return 0;
  const int32_t freed = assay_locked_free(ptr / ASSAY_FRAME_BYTES);
  return freed > 0 ? (uint32_t)freed : 0;
}

#ifdef __cplusplus
}
#endif

#endif
