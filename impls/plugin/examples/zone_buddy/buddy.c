/* Physical pages in blocks of powers of two. A block is split in halves, buddies, until it is as
 * small as was asked for; a block that is freed becomes one with its buddy if that is free, too.
 *
 * There are two pools, low memory and the rest, each with a list of free blocks per order. The
 * links are in the free blocks themselves.
 */
#include "buddy.h"

enum { NOT_FREE = 0xFF };

struct free_block {
  struct free_block *next, *previous;
};

struct pool {
  uint32_t first, end; /* page numbers */
  uint32_t free_pages;
  struct free_block *lists[TOP_ORDER + 1];
};

static struct pool low, high;
static unsigned char *ram;
static uint32_t base; /* the page at `ram` */

/* The order of the free block that starts at a page; NOT_FREE where none does. */
static uint8_t free_order[MAX_PAGES];

static struct free_block *block_at(uint32_t page) {
  return (struct free_block *)(ram + (size_t)(page - base) * PAGE_SIZE);
}

static uint32_t page_of(const struct free_block *block) {
  return base + (uint32_t)(((const unsigned char *)block - ram) / PAGE_SIZE);
}

static void add_block(struct pool *pool, uint32_t page, unsigned order) {
  struct free_block *block = block_at(page);
  block->next = pool->lists[order];
  block->previous = NULL;
  if (block->next != NULL) block->next->previous = block;
  pool->lists[order] = block;
  free_order[page - base] = (uint8_t)order;
}

static void remove_block(struct pool *pool, uint32_t page) {
  struct free_block *block = block_at(page);
  if (block->previous != NULL) {
    block->previous->next = block->next;
  } else {
    pool->lists[free_order[page - base]] = block->next;
  }
  if (block->next != NULL) block->next->previous = block->previous;
  free_order[page - base] = NOT_FREE;
}

static void init_pool(struct pool *pool, uint32_t first, uint32_t end) {
  *pool = (struct pool){.first = first, .end = end, .free_pages = end - first};
  while (first < end) {
    unsigned order = TOP_ORDER;
    while (first % (1u << order) != 0 || (1u << order) > end - first) --order;
    add_block(pool, first, order);
    first += 1u << order;
  }
}

void buddy_init(unsigned char *ram_start, uint32_t first, uint32_t pages, uint32_t low_end) {
  ram = ram_start;
  base = first;
  for (uint32_t i = 0; i < pages; ++i) free_order[i] = NOT_FREE;
  if (low_end > first + pages) low_end = first + pages;
  init_pool(&low, first, low_end);
  init_pool(&high, low_end, first + pages);
}

static void *alloc_from(struct pool *pool, unsigned order) {
  unsigned found = order;
  while (found <= TOP_ORDER && pool->lists[found] == NULL) ++found;
  if (found > TOP_ORDER) return NULL;

  struct free_block *block = pool->lists[found];
  const uint32_t page = page_of(block);
  remove_block(pool, page);
  while (found > order) {
    --found;
    add_block(pool, page + (1u << found), found);
  }
  pool->free_pages -= 1u << order;
  return block;
}

void *alloc_pages(unsigned order, enum place place) {
  if (order > TOP_ORDER) return NULL;
  void *block = place == ANYWHERE ? alloc_from(&high, order) : NULL;
  return block != NULL ? block : alloc_from(&low, order);
}

void free_pages(void *start, unsigned order) {
  uint32_t page = page_of(start);
  struct pool *pool = page < low.end ? &low : &high;
  pool->free_pages += 1u << order;
  while (order < TOP_ORDER) {
    const uint32_t buddy = page ^ (1u << order);
    if (buddy < pool->first || buddy + (1u << order) >= pool->end) break;
    if (free_order[buddy - base] != order) break;
    remove_block(pool, buddy);
    if (buddy < page) page = buddy;
    ++order;
  }
  add_block(pool, page, order);
}

uint32_t count_free_pages(void) { return low.free_pages + high.free_pages; }
