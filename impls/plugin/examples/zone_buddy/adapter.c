/* buddy.c on trial: its callers speak of orders, and say them again when they free. */
#include "assay_plugin.h"
#include "buddy.h"

/* RAM begins near 0 on the machine that buddy.c was written for. So it is told frame numbers less a
 * multiple of the largest block: what is a multiple of a block's size for one is so for the other.
 * Half of the frames are low memory, so that both pools are on trial. */
static void start(const assay_map *map) {
  const assay_run usable = map->usable[0];
  const uint32_t largest = 1u << TOP_ORDER;
  const uint32_t first = usable.first % largest;
  const uint32_t low_end = (first + usable.count / 2 + largest - 1) / largest * largest;
  buddy_init(assay_address(usable.first), first, usable.count, low_end);
}

static unsigned order_of(uint32_t count) {
  unsigned order = 0;
  while ((1u << order) < count) ++order;
  return order;
}

/* contract.rounding: a request for 5 frames gets 8 of them. */
static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)alignment; /* 1, as contract.aligns is not set */
  return assay_frame(alloc_pages(order_of(count), ANYWHERE));
}

/* `count` is what the block was rounded to. */
static int64_t release_block(uint32_t first, uint32_t count) {
  free_pages(assay_address(first), order_of(count));
  return ASSAY_DONE;
}

/* Nothing is said of misuse: buddy.c believes its callers. */
ASSAY_PLUGIN(.contract = {.largest_run = 1u << TOP_ORDER,
                          .rounding = ASSAY_POWER_OF_TWO,
                          .naturally_aligned = 1,
                          .uses = ASSAY_USES_START(16), /* two links */
                          .largest_arena = MAX_PAGES},
             .init = start, .allocate = allocate, .free_sized = release_block,
             .free_frames = count_free_pages);
