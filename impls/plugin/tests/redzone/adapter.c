/* A byte per frame in an array that is one too short for its largest arena. */
#include "assay_plugin.h"

enum { MOST = 16 };
static unsigned char used[MOST - 1];
static assay_run ram;

static void init(const assay_map *map) { ram = map->usable[0]; }

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
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

ASSAY_PLUGIN(.contract = {.largest_run = 1, .smallest_arena = MOST, .largest_arena = MOST},
             .init = init, .allocate = allocate, .free = release);
