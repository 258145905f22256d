/* Takes the first byte behind its table for one of it. */
#include "../table.h"

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  const uint32_t index = take_one();
  if (index == ASSAY_NONE) used[ram.count] = 1;
  return index == ASSAY_NONE ? ASSAY_NONE : ram.first + index;
}

ASSAY_PLUGIN(.contract = {.largest_run = 1, .smallest_arena = MOST, .largest_arena = MOST},
             .init = init, .allocate = allocate, .free = release);
