/* Answers with indexes, which its adapter should turn into numbers of frames. */
#include "../table.h"

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  return take_one();
}

ASSAY_PLUGIN(.contract = {.largest_run = 1, .largest_arena = MOST}, .init = init,
             .allocate = allocate, .free = release);
