/* Panics on misuse, but only when it has half freed the frame. */
#include "assay_plugin.h"

enum { MOST = 64 };
static unsigned char used[MOST];
static uint32_t free_count;
static assay_run ram;
void panic(const char *format, ...);

static void init(const assay_map *map) {
  ram = map->usable[0];
  free_count = ram.count;
}

static uint32_t allocate(uint32_t count, uint32_t alignment) {
  (void)count, (void)alignment;
  for (uint32_t i = 0; i < ram.count; i++) {
    if (used[i]) continue;
    used[i] = 1;
    free_count--;
    return ram.first + i;
  }
  return ASSAY_NONE;
}

static int64_t release(uint32_t first) {
  const uint32_t i = first - ram.first;
  if (i >= ram.count) panic("release: frame %u is not mine", first);
  free_count++;
  if (!used[i]) panic("release: frame %u is free", first);
  used[i] = 0;
  return 1;
}

static uint32_t free_frames(void) { return free_count; }

ASSAY_PLUGIN(.contract = {.largest_run = 1, .misuse = ASSAY_MISUSE_PANICS, .largest_arena = MOST},
             .init = init, .allocate = allocate, .free = release, .free_frames = free_frames);
