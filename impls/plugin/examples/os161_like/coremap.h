/* Physical pages, and who has them. */
#ifndef COREMAP_H
#define COREMAP_H

#include "vm.h"

/* One for each page of RAM, in pages of their own at the start of RAM. */
struct coremap_entry {
  unsigned state : 2; /* enum page_state */
  unsigned last : 1;  /* 1: the last page of its block; of a page in use alone */
};

void coremap_bootstrap(void);
vaddr_t alloc_kpages(unsigned npages);
void free_kpages(vaddr_t addr);
unsigned coremap_used_bytes(void);

#endif
