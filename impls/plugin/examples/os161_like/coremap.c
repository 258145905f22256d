/* Physical pages, and who has them: an entry for each page of RAM. */
#include "coremap.h"

enum page_state {
  PAGE_FREE,
  PAGE_FIXED, /* the coremap's own, for ever */
  PAGE_USED,
};

static struct spinlock coremap_lock = SPINLOCK_INITIALIZER;
static struct coremap_entry *coremap;
static unsigned coremap_pages; /* entries */
static paddr_t coremap_start;  /* the page of entry 0 */
static unsigned pages_used;

/* Takes over all RAM that nobody has taken so far, and puts the coremap at its start. */
void coremap_bootstrap(void) {
  const paddr_t end = ram_getsize();
  coremap_start = ram_getfirstfree();
  coremap_pages = (end - coremap_start) / PAGE_SIZE;
  coremap = (struct coremap_entry *)PADDR_TO_KVADDR(coremap_start);

  const unsigned own = DIVROUNDUP(coremap_pages * sizeof(struct coremap_entry), PAGE_SIZE);
  for (unsigned i = 0; i < coremap_pages; ++i) {
    coremap[i].state = i < own ? PAGE_FIXED : PAGE_FREE;
    coremap[i].last = 0;
  }
  pages_used = 0;
}

/* The first of npages free pages in a row, or coremap_pages if there are none. */
static unsigned find_run(unsigned npages) {
  unsigned length = 0;
  for (unsigned i = 0; i < coremap_pages; ++i) {
    length = coremap[i].state == PAGE_FREE ? length + 1 : 0;
    if (length == npages) return i + 1 - npages;
  }
  return coremap_pages;
}

/* Pages in a row for the kernel. Returns the address of the first one, 0 if there are none. */
vaddr_t alloc_kpages(unsigned npages) {
  KASSERT(npages > 0);

  spinlock_acquire(&coremap_lock);
  const unsigned first = find_run(npages);
  if (first == coremap_pages) return 0;

  for (unsigned i = first; i < first + npages; ++i) {
    coremap[i].state = PAGE_USED;
    coremap[i].last = i + 1 == first + npages;
  }
  pages_used += npages;
  spinlock_release(&coremap_lock);

  return PADDR_TO_KVADDR(coremap_start + (paddr_t)first * PAGE_SIZE);
}

/* Gives back what alloc_kpages has returned. */
void free_kpages(vaddr_t addr) {
  const paddr_t paddr = KVADDR_TO_PADDR(addr);
  KASSERT(paddr % PAGE_SIZE == 0);
  KASSERT(paddr >= coremap_start);
  KASSERT((paddr - coremap_start) / PAGE_SIZE < coremap_pages);

  unsigned i = (paddr - coremap_start) / PAGE_SIZE;
  spinlock_acquire(&coremap_lock);
  KASSERT(coremap[i].state == PAGE_USED);
  bool last;
  do {
    last = coremap[i].last;
    coremap[i].state = PAGE_FREE;
    coremap[i].last = 0;
    --pages_used;
    ++i;
  } while (!last);
  spinlock_release(&coremap_lock);
}

unsigned coremap_used_bytes(void) {
  spinlock_acquire(&coremap_lock);
  const unsigned used = pages_used * PAGE_SIZE;
  spinlock_release(&coremap_lock);
  return used;
}
