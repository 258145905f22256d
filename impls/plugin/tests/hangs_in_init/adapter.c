/* Waits for a processor that there is not. */
#include "../nobody.h"

static volatile int others_are_ready;

static void init(const assay_map *map) {
  (void)map;
  while (!others_are_ready) {
  }
}

ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release);
