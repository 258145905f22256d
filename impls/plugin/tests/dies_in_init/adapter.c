/* Writes where no memory is. */
#include "../nobody.h"

static volatile int *const nowhere = (int *)16;

static void init(const assay_map *map) { *nowhere = (int)map->frames; }

ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release);
