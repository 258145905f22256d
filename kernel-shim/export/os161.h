/* OS/161's functions over an exported allocator, for a kernel with a direct map (see
 * assay_direct_map.h). Left out: what needs page tables (page_alloc, page_free, address spaces),
 * the structure coremap, and stealing (ram_stealmem), which goes on as it is until assay_init.
 */
#ifndef ASSAY_EXPORT_OS161_H
#define ASSAY_EXPORT_OS161_H

#include "assay_direct_map.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ASSAY_HAS_ADDRESS_TYPES /* of the kernel's own */
typedef uint32_t paddr_t;       /* a physical address; 0 is none, so frame 0 stays reserved */
typedef uint32_t vaddr_t;       /* a virtual one */
#endif

/* Where the kernel sees frame i. */
static inline vaddr_t get_vaddr(unsigned i) { return assay_address_of(i); }

/* `npages` frames in a row, or 0 if there are none. */
static inline paddr_t page_nalloc(unsigned long npages) {
  const uint32_t frame = assay_locked_allocate((uint32_t)npages);
  return frame == ASSAY_NONE ? 0 : frame * ASSAY_FRAME_BYTES;
}

/* The same. Before assay_init the kernel steals memory instead. */
static inline paddr_t get_ppages(unsigned long npages) { return page_nalloc(npages); }

/* The same, at its address in the direct map, or 0. */
static inline vaddr_t alloc_kpages(unsigned npages) {
  const paddr_t address = get_ppages(npages);
  return address == 0 ? 0 : ASSAY_DIRECT_MAP + address;
}

/* Frees them all. Returns: frames freed; 0 for what alloc_kpages did not give, such as stolen
 * memory. */
static inline unsigned free_kpages(vaddr_t addr) {
  const int32_t freed = assay_locked_free(assay_frame_at(addr));
  return freed > 0 ? (unsigned)freed : 0;
}

/* Bytes in use. */
static inline unsigned coremap_used_bytes(void) {
  ASSAY_LOCK();
  const uint32_t used = assay_used_frames(&assay_frames);
  ASSAY_UNLOCK();
  return used * ASSAY_FRAME_BYTES;
}

#ifdef __cplusplus
}
#endif

#endif
