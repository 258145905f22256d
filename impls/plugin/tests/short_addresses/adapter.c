/* Takes addresses for numbers of 32 bits, as code for i686 does.
 *
 * assay: low
 */
#include "assay_plugin.h"

static uint32_t next; /* the address of the first free frame; each holds that of the next */

static uint32_t *link_in(uint32_t address) { return (uint32_t *)(uintptr_t)address; }

static void put(uint32_t frame) {
  const uint32_t address = (uint32_t)(uintptr_t)assay_address(frame);
  *link_in(address) = next;
  next = address;
}

static void init(const assay_map *map) {
  for (uint32_t i = map->usable[0].count; i > 0; i--) put(map->usable[0].first + i - 1);
}

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  const uint32_t taken = next;
  if (taken != 0) next = *link_in(taken);
  return assay_frame((void *)(uintptr_t)taken);
}

static int64_t release(uint32_t first) {
  put(first);
  return 1;
}

ASSAY_PLUGIN(.contract = {.largest_run = 1, .uses = ASSAY_USES_START(4)}, .init = init,
             .allocate = allocate, .free = release);
