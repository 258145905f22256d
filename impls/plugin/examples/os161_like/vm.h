/* Stands in for the headers of the kernel that coremap.c was written for: the same names, for the
 * machine of the trial. Only here does the kernel's code learn that it is on trial. */
#ifndef VM_H
#define VM_H

#include <stdbool.h>

#include "assay_plugin.h"

#define PAGE_SIZE 4096u
#define DIVROUNDUP(a, b) (((a) + (b) - 1) / (b))

typedef uintptr_t paddr_t; /* physical addresses */
typedef uintptr_t vaddr_t; /* those that the kernel works with */

/* The kernel's own add and subtract the address at which all RAM is mapped. */
#define PADDR_TO_KVADDR(paddr) ASSAY_PADDR_TO_VADDR(paddr)
#define KVADDR_TO_PADDR(vaddr) ASSAY_VADDR_TO_PADDR(vaddr)

void badassert(const char *expression, const char *file, int line, const char *function);
#define KASSERT(expression) \
  ((expression) ? (void)0 : badassert(#expression, __FILE__, __LINE__, __func__))

struct spinlock {
  volatile unsigned held;
};
#define SPINLOCK_INITIALIZER {0}
void spinlock_acquire(struct spinlock *lock);
void spinlock_release(struct spinlock *lock);

paddr_t ram_getsize(void);
paddr_t ram_getfirstfree(void);

#endif
