/* The machine as an adapter sees it: where its frames are, and how it stops. */
#include "stub.h"

struct assay_box assay_box;

/* Compiled code calls it at each basic block; who runs it says how many there may be. It must not
 * be instrumented itself, or it would call itself. */
void __sanitizer_cov_trace_pc(void);

#if defined(__clang__)
__attribute__((no_sanitize("address", "coverage", "undefined")))
#else
__attribute__((no_sanitize("address", "undefined"), no_sanitize_coverage))
#endif
void __sanitizer_cov_trace_pc(void) {
  if (assay_box.steps_left-- == 0) assay_box.services->out_of_steps();
}

ASSAY_UNCOUNTED const assay_map *assay_machine(void) { return &assay_box.machine; }

/* Frames outside the arena have an address too, since a free of one is worth trying. Where a
 * pointer is too short for it, it is the last page of all: what is left of the address could be
 * that of a frame of the arena. */
ASSAY_UNCOUNTED void *assay_address(uint32_t frame) {
  const assay_map *map = &assay_box.machine;
  const int64_t offset = ((int64_t)frame - (int64_t)map->base) * ASSAY_FRAME_BYTES;
  const int64_t address = (int64_t)(uintptr_t)map->ram + offset;
  const uintptr_t last_page = UINTPTR_MAX - (ASSAY_FRAME_BYTES - 1);
  if (address < 0 || (uint64_t)address > UINTPTR_MAX) return (void *)last_page;
  return (void *)(uintptr_t)address;
}

ASSAY_UNCOUNTED uint32_t assay_frame(const void *address) {
  const assay_map *map = &assay_box.machine;
  if (address == NULL) return ASSAY_NONE;
  const uintptr_t offset = (uintptr_t)address - (uintptr_t)map->ram;
  const uintptr_t index = offset / ASSAY_FRAME_BYTES;
  if (index >= map->frames) { /* below the arena, the offset is negative: an enormous one */
    assay_panic(
        "assay_frame(%p): outside the arena, %p to %p; the allocator has returned it, or the "
        "adapter is at fault",
        address, (void *)map->ram, (void *)(map->ram + (size_t)map->frames * ASSAY_FRAME_BYTES));
  }
  if (offset % ASSAY_FRAME_BYTES != 0) {
    assay_panic(
        "assay_frame(%p): inside frame %u, not at its start; the allocator has returned it, or "
        "the adapter is at fault",
        address, map->base + (uint32_t)index);
  }
  return map->base + (uint32_t)index;
}

ASSAY_UNCOUNTED void assay_keep(uint32_t first, uint32_t count) {
  assay_box.services->keep((assay_run){first, count});
}

ASSAY_UNCOUNTED void assay_panic(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  assay_stop(format, arguments);
}

ASSAY_UNCOUNTED void assay_stop(const char *format, va_list arguments) {
  char *message = assay_box.message;
  const size_t room = sizeof assay_box.message;
  size_t length = assay_format(message, room, format, arguments);
  if (length >= room) length = room - 1;
  /* A kernel's message ends its line; here it becomes part of one. */
  while (length > 0 && (message[length - 1] == '\n' || message[length - 1] == ' ')) --length;
  message[length] = '\0';
  assay_box.services->panicked(message);
  for (;;) { /* it does not return */
  }
}
