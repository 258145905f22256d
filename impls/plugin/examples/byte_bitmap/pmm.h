/* Physical memory, by pages. */
#ifndef PMM_H
#define PMM_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define MAX_PAGES 2048u /* 8 MiB: this machine has no more */

/* `base` is the physical page number of the page at `ram`. No page is free yet. */
void pmm_init(unsigned char *ram, uint32_t base, uint32_t pages);
/* The firmware says that these may be used. */
void pmm_add(uint32_t first, uint32_t pages);

/* Pages in a row, the first one's physical page number a multiple of `alignment`, a power of two;
 * NULL if there are none. */
void *alloc(uint32_t pages, uint32_t alignment);
/* Any pages that are in use: 0; else -1, and nothing has changed. */
int free(void *start, uint32_t pages);

extern uint32_t pmm_free_pages;
extern uint32_t pmm_managed_pages;

#endif
