/* Physical memory, by pages: a byte for each says whether it is free. A search begins where the
 * last one ended. */
#include "pmm.h"

#include "klib.h"

enum { FREE, USED, RESERVED };

static unsigned char map[MAX_PAGES];
static unsigned char *ram;
static uint32_t base, pages;
static uint32_t cursor; /* behind the block that was found last */

uint32_t pmm_free_pages;
uint32_t pmm_managed_pages;

void pmm_init(unsigned char *ram_start, uint32_t first, uint32_t count) {
  ram = ram_start;
  base = first;
  pages = count;
  cursor = 0;
  pmm_free_pages = pmm_managed_pages = 0;
  memset(map, RESERVED, sizeof map);
  printf("pmm: %u pages from %u on\n", (unsigned)count, (unsigned)first);
}

void pmm_add(uint32_t first, uint32_t count) {
  memset(map + (first - base), FREE, count);
  pmm_free_pages += count;
  pmm_managed_pages += count;
}

/* The next index from `index` on whose page number is a multiple. */
static uint32_t align_up(uint32_t index, uint32_t alignment) {
  return index + ((0 - (base + index)) & (alignment - 1));
}

/* A free run that starts in [from, to), or `pages`. */
static uint32_t find_run(uint32_t from, uint32_t to, uint32_t count, uint32_t alignment) {
  uint32_t start = align_up(from, alignment);
  while (start < to && count <= pages - start) {
    uint32_t length = 0;
    while (length < count && map[start + length] == FREE) ++length;
    if (length == count) return start;
    start = align_up(start + length + 1, alignment);
  }
  return pages;
}

void *alloc(uint32_t count, uint32_t alignment) {
  if (count == 0) return NULL;
  uint32_t start = find_run(cursor, pages, count, alignment);
  if (start == pages) start = find_run(0, cursor, count, alignment);
  if (start == pages) return NULL;
  memset(map + start, USED, count);
  pmm_free_pages -= count;
  cursor = start + count;
  return ram + (size_t)start * PAGE_SIZE;
}

int free(void *address, uint32_t count) {
  const uintptr_t offset = (uintptr_t)address - (uintptr_t)ram;
  const uintptr_t start = offset / PAGE_SIZE;
  if (offset % PAGE_SIZE != 0 || start >= pages || count == 0 || count > pages - start) return -1;
  for (uint32_t i = 0; i < count; ++i) {
    if (map[start + i] != USED) return -1;
  }
  memset(map + start, FREE, count);
  pmm_free_pages += count;
  return 0;
}
