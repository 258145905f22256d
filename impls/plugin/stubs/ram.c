/* How much RAM there is, as OS/161 asks for it: in physical addresses, a frame's number times
 * 4,096. RAM is one run here; code that knows several is given them by its adapter. */
#include "stub.h"

static uint32_t stolen; /* frames given away before the allocator is there, from the first on */
static int stealing_is_over;

ASSAY_UNCOUNTED static assay_run usable(void) { return assay_box.machine.usable[0]; }

/* Where RAM ends. */
ASSAY_UNCOUNTED static uintptr_t end_of_ram(void) {
  return ((uintptr_t)usable().first + usable().count) * ASSAY_FRAME_BYTES;
}

ASSAY_STUB uintptr_t ram_getsize(void) { return end_of_ram(); }
ASSAY_STUB uintptr_t mainbus_ramsize(void) { return end_of_ram(); }

/* Pages for who comes before the allocator. They are never given back, so the allocator does not
 * have them. Returns: the physical address, or 0 if there are not as many, or no longer. */
ASSAY_STUB uintptr_t ram_stealmem(unsigned long pages) {
  if (stealing_is_over || pages > usable().count - stolen) return 0;
  const uint32_t first = usable().first + stolen;
  if (pages != 0) assay_keep(first, (uint32_t)pages);
  stolen += (uint32_t)pages;
  return (uintptr_t)first * ASSAY_FRAME_BYTES;
}

/* The allocator takes over: all from here to the end is its own. */
ASSAY_STUB uintptr_t ram_getfirstfree(void) {
  stealing_is_over = 1;
  return ((uintptr_t)usable().first + stolen) * ASSAY_FRAME_BYTES;
}
