/* A sound allocator of single frames: a byte for each, first fit. */
#ifndef TABLE_H
#define TABLE_H

#include "assay_plugin.h"

enum { MOST = 16 };
static unsigned char used[MOST];
static assay_run ram;

static void init(const assay_map *map) { ram = map->usable[0]; }

/* Returns the index of a frame that is now in use, or ASSAY_NONE. */
static uint32_t take_one(void) {
  for (uint32_t i = 0; i < ram.count; i++) {
    if (used[i]) continue;
    used[i] = 1;
    return i;
  }
  return ASSAY_NONE;
}

static int64_t release(uint32_t first) {
  used[first - ram.first] = 0;
  return 1;
}

#endif
