/* Wears out: a static of a function counts its allocations, and ends them long behind those of one
 * sequence. */
#include "assay_plugin.h"

enum { MOST = 8, LIFE = 20000 };
static unsigned char used[MOST];
static assay_run ram;

static void init(const assay_map *map) { ram = map->usable[0]; }

static int is_worn_out(void) {
  static unsigned allocations;
  return ++allocations > LIFE;
}

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  if (is_worn_out()) return ASSAY_NONE;
  for (uint32_t i = 0; i < ram.count; i++) {
    if (used[i]) continue;
    used[i] = 1;
    return ram.first + i;
  }
  return ASSAY_NONE;
}

static int64_t release(uint32_t first) {
  used[first - ram.first] = 0;
  return 1;
}

ASSAY_PLUGIN(.contract = {.largest_run = 1, .largest_arena = MOST}, .init = init,
             .allocate = allocate, .free = release);
