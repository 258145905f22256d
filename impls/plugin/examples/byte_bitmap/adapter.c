/* pmm.c on trial: it promises nearly all that can be promised. That it calls its functions alloc
 * and free, and has a memset and a printf of its own, is no matter. */
#include "assay_plugin.h"
#include "pmm.h"

/* contract.holes is set: of the map's frames those are usable that one of these runs holds. */
static void start(const assay_map *map) {
  pmm_init(map->ram, map->base, map->frames);
  for (uint32_t i = 0; i < map->usable_count; ++i) {
    pmm_add(map->usable[i].first, map->usable[i].count);
  }
}

static void add_usable(assay_run run) { pmm_add(run.first, run.count); }

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  return assay_frame(alloc(count, alignment));
}

static int64_t free_frames_from(uint32_t first, uint32_t count) {
  return free(assay_address(first), count) == 0 ? (int64_t)count : ASSAY_REFUSED;
}

static uint32_t free_frames(void) { return pmm_free_pages; }
static uint32_t managed_frames(void) { return pmm_managed_pages; }

ASSAY_PLUGIN(.contract = {.largest_run = ASSAY_ANY_LENGTH,
                          .aligns = 1,
                          .frees_parts = 1, /* `free` does not ask how pages were allocated */
                          .zero = ASSAY_ZERO_FAILS,
                          .misuse = ASSAY_MISUSE_REFUSED,
                          .uses = ASSAY_USES_NOTHING,
                          .largest_arena = MAX_PAGES,
                          .holes = 1},
             .init = start, .allocate = allocate, .free_sized = free_frames_from,
             .add_usable = add_usable, .free_frames = free_frames,
             .managed_frames = managed_frames);
