/* What xv6.h, os161.h and frames.h share: one allocator for a kernel that sees its frames in a row.
 *
 * The kernel defines, once:  assay_allocator assay_frames;
 * It may define, in front of the include:
 *   ASSAY_DIRECT_MAP      where it sees frame 0; else 0xC0000000
 *   ASSAY_LOCK(), ASSAY_UNLOCK()   round each call; else nothing
 */
#ifndef ASSAY_DIRECT_MAP_H
#define ASSAY_DIRECT_MAP_H

#include "assay_allocator.h"

#ifndef ASSAY_DIRECT_MAP
#define ASSAY_DIRECT_MAP 0xC0000000u
#endif
#ifndef ASSAY_LOCK
#define ASSAY_LOCK() ((void)0)
#define ASSAY_UNLOCK() ((void)0)
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern assay_allocator assay_frames;

/* The address of a frame. */
static inline uint32_t assay_address_of(uint32_t frame) {
  return ASSAY_DIRECT_MAP + frame * ASSAY_FRAME_BYTES;
}

/* The frame at an address, or ASSAY_NONE if none begins there. */
static inline uint32_t assay_frame_at(uint32_t address) {
  const uint32_t bytes = address - ASSAY_DIRECT_MAP;
  if (address < ASSAY_DIRECT_MAP || bytes % ASSAY_FRAME_BYTES != 0) return ASSAY_NONE;
  return bytes / ASSAY_FRAME_BYTES;
}

/* assay_allocate and assay_free under the lock. */
static inline uint32_t assay_locked_allocate(uint32_t count) {
  ASSAY_LOCK();
  const uint32_t frame = assay_allocate(&assay_frames, count, 1);
  ASSAY_UNLOCK();
  return frame;
}

static inline int32_t assay_locked_free(uint32_t frame) {
  ASSAY_LOCK();
  const int32_t freed = assay_free(&assay_frames, frame);
  ASSAY_UNLOCK();
  return freed;
}

#ifdef __cplusplus
}
#endif

#endif
