/* Wears out: a static of a function counts its allocations, and ends them long behind those of one
 * sequence. */
#include "../table.h"

enum { LIFE = 20000 };

static int is_worn_out(void) {
  static unsigned allocations;
  return ++allocations > LIFE;
}

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  const uint32_t index = is_worn_out() ? ASSAY_NONE : take_one();
  return index == ASSAY_NONE ? ASSAY_NONE : ram.first + index;
}

ASSAY_PLUGIN(.contract = {.largest_run = 1, .largest_arena = MOST}, .init = init,
             .allocate = allocate, .free = release);
