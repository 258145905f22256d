/* Does not say how long a block may be. */
#include "assay_plugin.h"

static void init(const assay_map *map) { (void)map; }

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  return ASSAY_NONE;
}

static int64_t release(uint32_t first) {
  (void)first;
  return ASSAY_DONE;
}

ASSAY_PLUGIN(.init = init, .allocate = allocate, .free = release);
