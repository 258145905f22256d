/* Does not say how long a block may be. */
#include "../nobody.h"

static void init(const assay_map *map) { (void)map; }

ASSAY_PLUGIN(.init = init, .allocate = allocate, .free = release);
