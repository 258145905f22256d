/* Takes its table from a heap. */
#include "../nobody.h"

void *malloc(size_t size);
static unsigned char *table;

static void init(const assay_map *map) { table = malloc(map->frames); }

ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release);
