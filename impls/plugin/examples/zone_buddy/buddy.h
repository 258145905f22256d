/* Physical pages in blocks of 1, 2, 4, ... pages: of an order of 0, 1, 2, ... */
#ifndef BUDDY_H
#define BUDDY_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define MAX_PAGES 4096u /* 16 MiB: this machine has no more */
#define TOP_ORDER 4u    /* of the largest block: 16 pages */

/* Old devices reach low memory only. Whoever can do with any page is given one from above it. */
enum place { LOW_MEMORY, ANYWHERE };

/* `first` is the physical page number of the page at `ram`; low memory is what lies below the page
 * `low_end`, a multiple of the largest block. */
void buddy_init(unsigned char *ram, uint32_t first, uint32_t pages, uint32_t low_end);
/* A block at a multiple of its size, or NULL. */
void *alloc_pages(unsigned order, enum place place);
/* The order is what it was allocated with. */
void free_pages(void *start, unsigned order);
uint32_t count_free_pages(void);

#endif
