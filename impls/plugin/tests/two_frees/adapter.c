/* Names both ways to free. */
#include "../nobody.h"

static void init(const assay_map *map) { (void)map; }

static int64_t release_sized(uint32_t first, uint32_t count) {
  (void)count;
  return release(first);
}

ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release,
             .free_sized = release_sized);
