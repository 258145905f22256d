/* kalloc.c on trial: the shortest adapter there is. */
#include "assay_plugin.h"
#include "defs.h"

/* This kernel is told where its memory begins and ends. As contract.holes is not set, there is one
 * usable run. */
static void start(const assay_map *map) {
  const assay_run ram = map->usable[0];
  kinit(assay_address(ram.first), assay_address(ram.first + ram.count));
}

/* Nobody asks for more than largest_run, so `count` is 1; and as contract.aligns is not set,
 * `alignment` is 1, too. assay_frame makes ASSAY_NONE of the 0 that says there is no page. */
static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  return assay_frame(kalloc());
}

static int64_t release_frame(uint32_t first) {
  kfree(assay_address(first));
  return ASSAY_DONE; /* kfree does not say what it has done */
}

/* A double free goes unnoticed, as in many a kernel. So misuse is left out of the contract, which
 * promises nothing of it, and nobody tries it. */
ASSAY_PLUGIN(.contract = {.largest_run = 1,
                          .fill = ASSAY_FILL(0x01),     /* kfree does so */
                          .uses = ASSAY_USES_START(8)}, /* a pointer */
             .init = start, .allocate = allocate, .free = release_frame);
