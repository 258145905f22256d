/* Physical pages for user processes, page tables and kernel stacks, one at a time.
 *
 * The free pages are a list; the link to the next one is in the page itself.
 */
#include <stddef.h>
#include <stdint.h>

#include "defs.h"

struct free_page {
  struct free_page *next;
};

static struct {
  struct spinlock lock;
  struct free_page *first;
  uintptr_t start, end; /* of the memory that is managed */
} pool;

/* Gives the allocator all whole pages between two addresses. */
void kinit(void *start, void *end) {
  initlock(&pool.lock, "kalloc");
  pool.start = ((uintptr_t)start + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
  pool.end = (uintptr_t)end / PAGE_SIZE * PAGE_SIZE;
  for (uintptr_t page = pool.start; page < pool.end; page += PAGE_SIZE) kfree((void *)page);
}

void kfree(void *page) {
  const uintptr_t address = (uintptr_t)page;
  if (address % PAGE_SIZE != 0 || address < pool.start || address >= pool.end) panic("kfree");

  /* Whoever still uses it shall notice. */
  memset(page, 1, PAGE_SIZE);

  struct free_page *freed = page;
  acquire(&pool.lock);
  freed->next = pool.first;
  pool.first = freed;
  release(&pool.lock);
}

/* Returns a page, or 0 if there is none. */
void *kalloc(void) {
  acquire(&pool.lock);
  struct free_page *page = pool.first;
  if (page != NULL) pool.first = page->next;
  release(&pool.lock);
  return page;
}
