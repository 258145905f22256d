/* @NAME@: its adapter, between your allocator and Assay.
 *
 * 1. Put your allocator's sources into this folder, unchanged. Sources elsewhere, and what the
 *    compiler must be told, are named in a comment of this file, in lines like these without the
 *    quotes:
 *
 *        "assay: sources ../kern/pmm.c"
 *        "assay: flags -I../include -DNDEBUG"
 *
 * 2. Write the three functions below, so that they call yours.
 * 3. Say in the contract what it promises. What you leave out is not judged.
 * 4. ./assay try @FOLDER@
 *
 * panic, locks, printing, memset and the like need no code: there are stubs for them.
 */
#include "assay_plugin.h"

/* Yours: include its header instead, if it has one. */
void pmm_init(void *start, void *end);
void *pmm_alloc(unsigned pages);
void pmm_free(void *page);

/* The machine starts. All of map->usable is RAM that your allocator shall manage: one run of
 * frames, unless the contract says that it can do with holes. */
static void init(const assay_map *map) {
  unsigned char *start = assay_address(map->usable[0].first);
  pmm_init(start, start + (size_t)map->usable[0].count * ASSAY_FRAME_BYTES);
}

/* Frames go by number: assay_frame() turns an address into one, and NULL into ASSAY_NONE.
 * `alignment` is 1, unless the contract says .aligns = 1. */
static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)alignment;
  return assay_frame(pmm_alloc(count));
}

/* How many frames were released; ASSAY_DONE if your allocator does not say, ASSAY_REFUSED if it
 * says that it will not. */
static int64_t release(uint32_t first) {
  pmm_free(assay_address(first));
  return ASSAY_DONE;
}

/* What it promises; without a word of it, this is not judged. There is more in assay_plugin.h.
 *
 *     .largest_run = 1                        it hands out single frames only
 *     .rounding = ASSAY_POWER_OF_TWO          a request for 5 frames takes 8
 *     .naturally_aligned = 1                  it is a buddy allocator
 *     .out_of_memory = ASSAY_PANICS_WHEN_FULL
 *     .zero = ASSAY_ZERO_FAILS                what a request for 0 frames leads to
 *     .misuse = ASSAY_MISUSE_REFUSED          and a double free; or ASSAY_MISUSE_PANICS
 *     .holes = 1                              there may be several usable runs
 *     .kept_frames = 1                        it keeps so many for itself: see assay_keep
 *
 * Counters and self-checks are judged, too, if they are named here: .free_frames = …, .validate = …
 */
ASSAY_PLUGIN(.contract = {.largest_run = ASSAY_ANY_LENGTH}, .init = init, .allocate = allocate,
             .free = release);
