/* There is no heap: a frame allocator is what a heap is made of. What kernel code has in it but
 * never calls does no harm; a call ends the trial with a message. */
#include "stub.h"

ASSAY_UNCOUNTED _Noreturn static void refuse(const char *function) {
  assay_panic(
      "%s was called: there is no heap below a frame allocator; take metadata_bytes of the "
      "adapter, static tables or kept frames",
      function);
}

ASSAY_STUB void *malloc(size_t bytes) {
  (void)bytes;
  refuse("malloc");
}

ASSAY_STUB void *calloc(size_t count, size_t bytes) {
  (void)count, (void)bytes;
  refuse("calloc");
}

ASSAY_STUB void *realloc(void *old, size_t bytes) {
  (void)old, (void)bytes;
  refuse("realloc");
}

ASSAY_STUB void free(void *old) {
  if (old != NULL) refuse("free");
}

ASSAY_STUB void *kmalloc(size_t bytes) {
  (void)bytes;
  refuse("kmalloc");
}

ASSAY_STUB void *kcalloc(size_t count, size_t bytes) {
  (void)count, (void)bytes;
  refuse("kcalloc");
}

ASSAY_STUB void *kzalloc(size_t bytes) {
  (void)bytes;
  refuse("kzalloc");
}

ASSAY_STUB void kfree(void *old) {
  if (old != NULL) refuse("kfree");
}
