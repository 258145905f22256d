/// The memory functions of OS/161 and of the kernels that students make of it, in their spelling.
/// docs/KERNEL.md has each with its source and its test.
///
/// Memory is stolen until vm_bootstrap, and stays lost; behind it the built design gives frames.
#ifndef ASSAY_KERNEL_OS161_H
#define ASSAY_KERNEL_OS161_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t paddr_t; /* a physical address; 0 is none */
typedef uint32_t vaddr_t; /* a virtual one; 0 is none */

struct addrspace; /* opaque */

/* What is known of a frame. */
struct coremap_entry {
  uint32_t in_use : 1; /* it holds a page */
  uint32_t fixed : 1;  /* never to be evicted */
  uint32_t space : 10; /* number of the address space, from 1 */
  uint32_t page : 20;  /* virtual page number */
};

/* The coremap, as coremap_look finds it. */
struct coremap {
  paddr_t ram_size;            /* bytes up to the end of RAM that is managed */
  bool mem_managing;           /* vm_bootstrap is done */
  paddr_t firstfree;           /* where the first frame lay that nobody had stolen */
  uint32_t npages;             /* frames that the design manages */
  uint32_t nfreepages;         /* free ones of these */
  void* c_lock;                /* the lock that guards all of this */
  uint32_t next_free_page;     /* the frame behind the one given last */
  struct coremap_entry* pages; /* by frame number */
};
void coremap_look(struct coremap* copy);

/* Stealing: `npages` frames in a row for good. Returns: 0 if there are not as many, or if the size
 * was asked for already. */
paddr_t ram_stealmem(unsigned long npages);
/* What nobody has stolen, from *lo up to *hi. Ends stealing. */
void ram_getsize(paddr_t* lo, paddr_t* hi);

/* Locks first, then the allocator and the kernel's directory, a flag last. */
void vm_bootstrap(void);
/* The table of entries, and the design under it. Called by vm_bootstrap. */
void coremap_init(void);

/* Where the kernel sees frame i, or 0 if that is no low memory. */
vaddr_t get_vaddr(unsigned i);

/* `npages` frames in a row, before vm_bootstrap and behind it, where pages leave to make room.
 * Return: 0 if there are none. */
paddr_t get_ppages(unsigned long npages);
paddr_t page_nalloc(unsigned long npages);
/* Lets pages leave until `npages` frames in a row are free in low memory, those that came first
 * before others. Returns: false, and none has left, if that cannot be. */
bool make_page_available(unsigned long npages);
/* The one or the other, at its address in the direct map. */
vaddr_t alloc_kpages(unsigned npages);
/* Frees them. What was stolen is refused and counted. Returns: frames freed. */
unsigned free_kpages(vaddr_t addr);
/* Frees of stolen memory that were refused. */
unsigned stolen_frees(void);

/* Bytes in use of what the design manages. */
unsigned coremap_used_bytes(void);

/* An address space, or 0; and its end, with all its pages. */
struct addrspace* as_create(void);
void as_destroy(struct addrspace* as);

/* From now on the CPU uses it. */
void as_activate(struct addrspace* as);

/* A frame of zeros for the page at `va`, mapped there; a fixed one never leaves. Returns: its
 * address; 0, and nothing has changed, if there is no frame or the page is not new. */
paddr_t page_alloc(struct addrspace* as, vaddr_t va, bool fixed);
/* Unmaps the page that a frame of page_alloc holds, drops it from the TLB, and frees the frame.
 * Returns: false if page_alloc did not give it. */
bool page_free(paddr_t frame);

#ifdef __cplusplus
}
#endif

#endif
