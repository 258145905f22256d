/* The benchmarks' yardstick (bench/reference_stack.cc) as somebody else's: a stack of frame
 * numbers. What it costs beyond one stack is the way through the adapter. */
#include "assay_plugin.h"

static uint32_t *free_frames;
static uint32_t count;

static size_t metadata_bytes(const assay_map *map) { return map->frames * sizeof *free_frames; }

static void init(const assay_map *map) {
  free_frames = (uint32_t *)map->metadata;
  const assay_run ram = map->usable[0];
  while (count < ram.count) {
    free_frames[count] = ram.first + count;
    ++count;
  }
}

static uint32_t allocate(uint32_t frames, uint32_t alignment) {
  (void)frames, (void)alignment;
  return count > 0 ? free_frames[--count] : ASSAY_NONE;
}

static int64_t release(uint32_t first) {
  free_frames[count++] = first;
  return 1;
}

ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release,
             .metadata_bytes = metadata_bytes);
