/* Names both ways to free. */
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

static int64_t release_sized(uint32_t first, uint32_t count) {
  (void)first, (void)count;
  return ASSAY_DONE;
}

ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release,
             .free_sized = release_sized);
