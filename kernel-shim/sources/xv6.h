/// The memory functions of xv6 and of the teaching kernels made of it and of JOS, in their
/// spelling, over the kernel's low memory. docs/KERNEL.md has each with its source and its test.
///
/// All addresses are the kernel's: low memory, in the direct map at 0xC0000000. Tables of a
/// directory are reached there as well. `perm` holds PTE_ flags; the present one is added.
#ifndef ASSAY_KERNEL_XV6_H
#define ASSAY_KERNEL_XV6_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t pde_t; /* an entry of a directory, */
typedef uint32_t pte_t; /* and one of a table */

enum { PTE_P = 0x001, PTE_W = 0x002, PTE_U = 0x004, PTE_PS = 0x080 };

/* Phase 1: the allocator manages the free frames that the entry directory maps. */
void boot_alloc_init(void);
/* Phase 2: and the rest of low memory. */
void alloc_init(void);
/* Makes the whole frames between two addresses free that were reserved. Frames that nobody may
 * have, such as the kernel's, stay reserved. */
void free_range(void* vstart, void* vend);

/* A frame, or 0 when there is none; then the kernel panics if panic_on_empty is not 0. */
char* kalloc(void);
extern int panic_on_empty;
/* Fills a frame with 0x01 and frees it. Panics if it is not one that kalloc gave, and says what it
 * is. */
void kfree(char* v);
/* Panics unless every byte of every free frame is as kfree left it, but for the links that the
 * allocator keeps there. Only where the kernel was started with fill=on. Returns: frames looked
 * at. */
uint32_t check_free_list(void);

/* The entry for an address, or 0 where there is no table. With alloc, a table is made: then 0 says
 * that there is no frame for it, or that a page of 4 MiB is there. */
pte_t* pgdir_walk(pde_t* pgdir, const void* va, int alloc);
/* Maps the pages that hold [va, va + size) to the frames from the one that holds pa on. Returns: 0;
 * -1 if a page is mapped already, or if there is no frame for a table, and then no page of them is
 * mapped that was not before. */
int map_region(pde_t* pgdir, void* va, uint32_t size, uint32_t pa, int perm);

/* A directory for the kernel: low memory at 0xC0000000, writable but for code and constants; what
 * the kernel maps for everybody is shared. Returns: 0, and nothing is taken, if there are too few
 * frames. */
pde_t* kvm_init(void);
/* Frees a directory and the tables that it owns, not those that it shares, nor pages of 4 MiB.
 * What they mapped is not freed. */
void vm_free(pde_t* pgdir);
/* Panics unless such a directory maps what kvm_init says, page by page, and nothing else below
 * the heap. Returns: pages looked at. */
uint32_t check_vm(pde_t* pgdir);

#ifdef __cplusplus
}
#endif

#endif
