/* Its adapter names a counter that is not the one of free frames. */
#include "../table.h"

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  const uint32_t index = take_one();
  return index == ASSAY_NONE ? ASSAY_NONE : ram.first + index;
}

static uint32_t all_frames(void) { return ram.count; }

ASSAY_PLUGIN(.contract = {.largest_run = 1, .largest_arena = MOST}, .init = init,
             .allocate = allocate, .free = release, .free_frames = all_frames);
