/* xv6's functions over an exported allocator, for a kernel with a direct map. Beside what
 * assay_direct_map.h asks for, the kernel defines in front of the include
 *   ASSAY_PANIC(message)   which does not return; xv6's is panic(message)
 * Left out: what makes page tables.
 */
#ifndef ASSAY_EXPORT_XV6_H
#define ASSAY_EXPORT_XV6_H

#include "assay_direct_map.h"

#ifndef ASSAY_PANIC
#error "define ASSAY_PANIC(message) in front of xv6.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the whole frames between two addresses free. Requires: they are in the arena, reserved. */
static inline void free_range(void* vstart, void* vend) {
  const uint32_t begin = (uint32_t)vstart - ASSAY_DIRECT_MAP + ASSAY_FRAME_BYTES - 1;
  const uint32_t first = begin / ASSAY_FRAME_BYTES;
  const uint32_t end = ((uint32_t)vend - ASSAY_DIRECT_MAP) / ASSAY_FRAME_BYTES;
  if (end <= first) return;
  ASSAY_LOCK();
  assay_add_usable(&assay_frames, first, end - first);
  ASSAY_UNLOCK();
}

/* A frame, or 0 when there is none. */
static inline char* kalloc(void) {
  const uint32_t frame = assay_locked_allocate(1);
  return frame == ASSAY_NONE ? 0 : (char*)assay_address_of(frame);
}

/* Fills a frame with 0x01 and frees it. Panics if it is not one that kalloc gave. */
static inline void kfree(char* v) {
  const uint32_t frame = assay_frame_at((uint32_t)v);
  assay_run block = {0, 0};
  ASSAY_LOCK();
  const bool is_used = assay_block_at(&assay_frames, frame, &block);
  ASSAY_UNLOCK();
  if (!is_used || block.first != frame || block.count != 1) ASSAY_PANIC("kfree");
  for (uint32_t i = 0; i < ASSAY_FRAME_BYTES / 4; ++i) ((volatile uint32_t*)v)[i] = 0x01010101u;
  if (assay_locked_free(frame) != 1) ASSAY_PANIC("kfree: freed twice at once");
}

#ifdef __cplusplus
}
#endif

#endif
