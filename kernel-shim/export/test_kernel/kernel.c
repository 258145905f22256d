/* A small C kernel on an exported allocator: it takes every frame, writes to all, looks, frees, and
 * misuses. Each call that it makes goes to the debug console as kernel-shim/calls/call_log.h has
 * it, so that the host can replay them. It ends with 33 by isa-debug-exit, or with 35 and why.
 */
#include <stddef.h>

static void fail(const char* why);
#define ASSAY_PANIC(message) fail(message)
#define ASSAY_MOST_HELD 8192

#include "frames.h"
#include "os161.h"
#include "xv6.h"

assay_allocator assay_frames;

extern char image_end[];
static char* held[ASSAY_MOST_HELD];
static uint32_t records;

static void out(uint16_t port, uint8_t byte) {
  __asm__ volatile("outb %0, %1" : : "a"(byte), "Nd"(port));
}

static void say(const char* text) {
  while (*text != 0) out(0x3F8, (uint8_t)*text++);
}

static void leave(uint8_t code) {
  out(0xF4, code);
  for (;;) __asm__ volatile("cli; hlt");
}

static void fail(const char* why) {
  say("failed: ");
  say(why);
  say("\n");
  leave(0x11);
}

static void expect(bool is_so, const char* what) {
  if (!is_so) fail(what);
}

/* What compilers call by name. */
void* memset(void* to, int byte, size_t size) {
  for (size_t i = 0; i < size; ++i) ((volatile char*)to)[i] = (char)byte;
  return to;
}

void* memcpy(void* to, const void* from, size_t size) {
  for (size_t i = 0; i < size; ++i) ((volatile char*)to)[i] = ((const char*)from)[i];
  return to;
}

static void log_number(uint32_t number) {
  for (int i = 0; i < 4; ++i, number >>= 8) out(0xE9, (uint8_t)number);
}

static void log_call(char kind, uint32_t a, uint32_t b) {
  out(0xE9, (uint8_t)kind);
  out(0xE9, 1);
  log_number(a);
  log_number(b);
  ++records;
}

static uint32_t take(uint32_t count, uint32_t alignment) {
  const uint32_t first = assay_allocate(&assay_frames, count, alignment);
  log_call('a', count, alignment);
  log_number(first);
  return first;
}

static int32_t give_back(uint32_t first) {
  const int32_t freed = assay_free(&assay_frames, first);
  log_call('f', first, freed < 0 ? (uint32_t)-freed : 0);
  log_number(freed < 0 ? 0 : (uint32_t)freed);
  return freed;
}

/* Phase one up to 4 MiB, phase two up to `end`. */
static void bring_up(uint32_t end) {
  const uint32_t table = ((uint32_t)image_end + 4095) / 4096;
  assay_map map = {1, end - 1, 0, 0};
  const uint32_t bytes = assay_metadata_bytes(&map);
  const uint32_t first = table + (bytes + 4095) / 4096;
  const assay_run low = {first, 1024 - first};
  const assay_window window = {(void*)ASSAY_DIRECT_MAP, 0, 0, 0};
  map.usable = &low;
  map.usable_count = 1;
  expect(bytes != 0 && first < 1024, "the table does not fit below 4 MiB");
  void* metadata = (void*)assay_address_of(table);
  memset(metadata, 0xA5, bytes);
  expect(assay_init(&assay_frames, &map, &window, metadata, bytes - 1) == ASSAY_BAD_METADATA,
         "a table that is too small is taken");
  expect(assay_init(&assay_frames, &map, &window, metadata, bytes) == ASSAY_OK, "init refuses");
  for (const char* line = "assay-calls 1\n"; *line != 0; ++line) out(0xE9, (uint8_t)*line);
  log_call('i', 1, end - 1);
  log_number(1);
  log_number(low.first);
  log_number(low.count);
  expect(assay_managed_frames(&assay_frames) == low.count, "phase one's count is wrong");
  free_range((void*)assay_address_of(1024), (void*)assay_address_of(end));
  log_call('g', 1024, end - 1024);
  expect(assay_managed_frames(&assay_frames) == low.count + end - 1024, "phase two's is");
}

/* Every frame by kalloc, a number in each of its words; a second look; all back by kfree. */
static void test_every_frame(void) {
  const uint32_t frames = assay_free_frames(&assay_frames);
  uint32_t n = 0;
  for (char* at; n < ASSAY_MOST_HELD && (at = kalloc()) != 0; held[n++] = at) {
    log_call('a', 1, 1);
    log_number(assay_frame_at((uint32_t)at));
    for (uint32_t i = 0; i < 1024; ++i) ((uint32_t*)at)[i] = n * 1024 + i;
  }
  log_call('a', 1, 1);
  log_number(ASSAY_NONE);
  expect(n == frames && coremap_used_bytes() == n * 4096, "kalloc did not give every frame");
  for (uint32_t k = 0; k < n; ++k) {
    for (uint32_t i = 0; i < 1024; ++i) {
      expect(((uint32_t*)held[k])[i] == k * 1024 + i, "a frame's content changed");
    }
  }
  for (uint32_t k = 0; k < n; ++k) {
    const uint32_t at = (k * 2654435761u) % n; /* any order, not each once */
    char* v = held[at];
    if (v == 0) continue;
    kfree(v);
    held[at] = 0;
    log_call('f', assay_frame_at((uint32_t)v), 0);
    log_number(1);
  }
  for (uint32_t k = 0; k < n; ++k) {
    if (held[k] == 0) continue;
    kfree(held[k]);
    log_call('f', assay_frame_at((uint32_t)held[k]), 0);
    log_number(1);
  }
  expect(assay_free_frames(&assay_frames) == frames, "not every frame came back");
}

/* Runs of many lengths come and go; then each kind of misuse. */
static void test_runs(void) {
  uint32_t random = 7;
  static uint32_t runs[64];
  for (int i = 0; i < 64; ++i) runs[i] = ASSAY_NONE;
  for (int i = 0; i < 3000; ++i) {
    random = random * 1664525u + 1013904223u;
    uint32_t* run = &runs[random >> 26];
    if (*run != ASSAY_NONE) {
      expect(give_back(*run) > 0, "a block is not freed");
      *run = ASSAY_NONE;
    } else {
      *run = take(1 + (random >> 8) % 100, 1u << (random >> 16) % 5);
    }
  }
  for (int i = 0; i < 64; ++i) {
    if (runs[i] != ASSAY_NONE) expect(give_back(runs[i]) > 0, "a block is not freed at the end");
  }
}

static void test_misuse(void) {
  const uint32_t block = take(4, 4);
  assay_run found = {0, 0};
  expect(assay_block_at(&assay_frames, block + 3, &found) && found.first == block, "no block");
  expect(!assay_block_at(&assay_frames, ASSAY_NONE, &found), "no frame has a block");
  expect(give_back(block + 1) == ASSAY_INSIDE_BLOCK, "a free inside a block is not refused");
  expect(give_back(block) == 4, "a free is refused");
  expect(give_back(block) == ASSAY_ALREADY_FREE, "a double free is not refused");
  expect(give_back(1) == ASSAY_RESERVED, "a free of a reserved frame is not refused");
  expect(give_back(0) == ASSAY_OUTSIDE_ARENA, "a free outside the arena is not refused");
  expect(take(0, 1) == ASSAY_NONE && take(1, 3) == ASSAY_NONE, "a bad request is served");
  const vaddr_t pages = alloc_kpages(3);
  expect(pages > ASSAY_DIRECT_MAP, "alloc_kpages fails");
  expect(free_kpages(pages) >= 3 && free_kpages(pages) == 0, "free_kpages is wrong");
  const uint32_t frame = allocFrame(0);
  expect(frame != 0 && allocFrame(1) == 0, "allocFrame is wrong");
  expect(freeFrame(frame + 8) == 0 && freeFrame(frame) == 1 && freeFrame(frame) == 0,
         "freeFrame is wrong");
  expect(assay_largest_free_run(&assay_frames) >= 1024, "the longest run is short");
  expect(assay_misuse_name(ASSAY_ALREADY_FREE)[0] == 'a', "a misuse has a wrong name");
  const char* broken = assay_validate(&assay_frames);
  if (broken != 0) fail(broken);
}

static void* ASSAY_CALL map_frame(void* context, uint32_t frame) {
  assay_run* reached = context; /* from where, and how often */
  expect(frame - reached->first < 64, "a frame of somebody else's is reached for");
  ++reached->count;
  return (void*)assay_address_of(frame);
}

/* A second allocator, over frames of the first that are reached one by one. */
static void test_callback(void) {
  static assay_allocator second;
  const uint32_t table = assay_allocate(&assay_frames, 16, 1);
  const uint32_t frames = assay_allocate(&assay_frames, 64, 1);
  assay_run reached = {frames, 0};
  const assay_run all = {frames, 64};
  const assay_map map = {frames, 64, &all, 1};
  const assay_window window = {0, 0, map_frame, &reached};
  void* metadata = (void*)assay_address_of(table);
  expect(assay_init(&second, &map, &window, metadata, 65536) == ASSAY_OK, "no second allocator");
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 64; ++i) sum += assay_allocate(&second, 1, 1) - frames;
  expect(sum == 63 * 32 && assay_allocate(&second, 1, 1) == ASSAY_NONE, "the second is wrong");
  for (uint32_t i = 0; i < 64; ++i) expect(assay_free(&second, frames + i) == 1, "it keeps one");
  expect(assay_validate(&second) == 0, "the second allocator is broken");
  expect((reached.count != 0) == (TOUCHES_FRAMES != 0),
         "the page is wrong about who touches frames");
}

void kernel_main(void) {
  bring_up(4096); /* 16 MiB */
  test_every_frame();
  test_runs();
  test_misuse();
  out(0xE9, 'e');
  out(0xE9, 0);
  log_number(records);
  test_callback();
  say("passed\n");
  leave(0x10);
}
