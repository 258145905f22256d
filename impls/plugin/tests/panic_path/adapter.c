/* Panics on misuse, but only when it has half freed the frame. */
#include "../table.h"

static uint32_t taken;
void panic(const char *format, ...);

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  const uint32_t index = take_one();
  if (index == ASSAY_NONE) return ASSAY_NONE;
  taken++;
  return ram.first + index;
}

static int64_t release_checked(uint32_t first) {
  const uint32_t index = first - ram.first;
  if (index >= ram.count) panic("release: frame %u is not mine", first);
  taken--;
  if (!used[index]) panic("release: frame %u is free", first);
  return release(first);
}

static uint32_t used_frames(void) { return taken; }

ASSAY_PLUGIN(.contract = {.largest_run = 1, .misuse = ASSAY_MISUSE_PANICS, .largest_arena = MOST},
             .init = init, .allocate = allocate, .free = release_checked,
             .used_frames = used_frames);
