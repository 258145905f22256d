/* coremap.c on trial. It asks for its RAM itself (stubs/ram.c), and works with addresses. */
#include "coremap.h"

static void start(const assay_map *map) {
  coremap_bootstrap();
  /* The coremap is in the first pages that it found: the trial must not expect to be given them. */
  const uint32_t bytes = map->usable[0].count * sizeof(struct coremap_entry);
  assay_keep(map->usable[0].first, DIVROUNDUP(bytes, PAGE_SIZE));
}

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)alignment; /* 1, as contract.aligns is not set */
  return assay_frame((void *)alloc_kpages(count));
}

static int64_t release_block(uint32_t first) {
  free_kpages((vaddr_t)assay_address(first));
  return ASSAY_DONE;
}

static uint32_t used_frames(void) { return coremap_used_bytes() / PAGE_SIZE; }

ASSAY_PLUGIN(.contract = {.largest_run = ASSAY_ANY_LENGTH,
                          .zero = ASSAY_ZERO_PANICS,     /* KASSERT(npages > 0) */
                          .misuse = ASSAY_MISUSE_PANICS, /* the other KASSERTs */
                          .uses = ASSAY_USES_NOTHING, /* it never touches a page that it manages */
                          .kept_bytes_per_frame = sizeof(struct coremap_entry),
                          .smallest_arena = 2,       /* the coremap and one page */
                          .largest_arena = 1 << 19}, /* coremap_used_bytes fits 32 bits: 2 GiB */
             .init = start, .allocate = allocate, .free = release_block,
             .used_frames = used_frames);
