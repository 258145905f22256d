/* Put your own page-frame allocator on trial: what Assay asks of it, in C11 or C++20.
 *
 * You write one adapter: functions that call your allocator, and a contract that says what it
 * promises. `./assay new NAME` writes one to fill in; docs/YOUR-ALLOCATOR.md leads through it.
 *
 *     static void     my_init(const assay_map *map)     { pmm_init(map->ram, map->frames); }
 *     static uint32_t my_allocate(uint32_t count, uint32_t alignment)
 *                                                       { return assay_frame(pmm_alloc(count)); }
 *     static int64_t  my_free(uint32_t first)           { pmm_free(assay_address(first));
 *                                                         return ASSAY_DONE; }
 *
 *     ASSAY_PLUGIN(.contract = {.largest_run = ASSAY_ANY_LENGTH},
 *                  .init = my_init, .allocate = my_allocate, .free = my_free);
 *
 * Frames go by their numbers. Frame `base + i` of the map is the 4,096 bytes at `ram + 4096 * i`,
 * and they are real memory: links may be kept there, pages may be filled. Its physical address is
 * its number times 4,096.
 *
 * Your allocator is judged by its contract and by nothing else. All of the contract but
 * `largest_run` may be left out; what is left out promises little, so that nobody is accused of
 * what he never promised. Whatever is not judged for that reason is listed.
 *
 * Statics need no reset: before each sequence of operations all data of yours are as they were
 * when your code was loaded. There is no heap; calls of malloc are refused.
 */
#ifndef ASSAY_PLUGIN_H
#define ASSAY_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_FRAME_BYTES 4096u

/* Not a frame: what `allocate` returns where it fails. 0 is a frame like any other. */
#define ASSAY_NONE 0xFFFFFFFFu

/* What `free` returns if not the number of frames it released. */
#define ASSAY_REFUSED (-1) /* it has refused, and changed nothing */
#define ASSAY_DONE (-2)    /* your allocator does not say: its free returns nothing */

/* The frames first, first + 1, … first + count - 1. */
typedef struct assay_run {
  uint32_t first;
  uint32_t count;
} assay_run;

/* The memory of one machine. It stays where it is until the next call of `init`. */
typedef struct assay_map {
  uint32_t base;           /* the number of the first frame */
  uint32_t frames;         /* in all, holes among them */
  unsigned char *ram;      /* the content of frame `base`; the others follow */
  const assay_run *usable; /* what may be handed out: ascending, never touching each other, */
  uint32_t usable_count;   /* at least one run; exactly one if contract.holes is 0 */
  unsigned char *metadata; /* as many bytes as metadata_bytes asked for, at a multiple of 64 */
  size_t metadata_bytes;
} assay_map;

enum assay_rounding {
  ASSAY_EXACT,       /* a request for 5 frames takes 5 */
  ASSAY_POWER_OF_TWO /* it takes 8: all of them are the caller's until they are freed */
};

enum assay_finds {
  ASSAY_FINDS_EVERY_RUN, /* a request fails only if no run is long enough */
  ASSAY_FINDS_SINGLES    /* that holds for one frame; a longer request may fail at any time */
};

enum assay_out_of_memory {
  ASSAY_RETURNS_NONE, /* and changes nothing */
  ASSAY_PANICS_WHEN_FULL
};

enum assay_zero {
  ASSAY_ZERO_UNDEFINED, /* nobody asks for 0 frames */
  ASSAY_ZERO_FAILS,     /* returns ASSAY_NONE */
  ASSAY_ZERO_IS_ONE,    /* as a request for 1 */
  ASSAY_ZERO_PANICS
};

/* Misuse is a free of what is not the start of a block in use: of a free frame (a double free), of
 * a frame inside a block, of a hole, of a frame outside the arena. */
enum assay_misuse {
  ASSAY_MISUSE_UNDEFINED, /* nobody does it */
  ASSAY_MISUSE_REFUSED,   /* nothing changes */
  ASSAY_MISUSE_PANICS     /* it calls panic; nothing that was in use is free then */
};

#define ASSAY_ANY_LENGTH 0xFFFFFFFFu
#define ASSAY_FILL(byte) (0x100u | (byte))
#define ASSAY_USES_START(bytes) ((bytes) + 1u)
#define ASSAY_USES_NOTHING ASSAY_USES_START(0u)

/* What your allocator promises. All but `largest_run` may be 0, which promises least. */
typedef struct assay_contract {
  uint32_t largest_run; /* longest request in frames, 1 or more, or ASSAY_ANY_LENGTH */
  enum assay_rounding rounding;
  enum assay_finds finds;
  int naturally_aligned; /* 1: n frames (rounded) are only sought at multiples of n, as in a
                                    buddy allocator */
  int aligns;            /* 1: `allocate` heeds its `alignment`; 0: it is always 1 */
  int frees_parts;       /* 1: free(first, count) may release part of a block */
  enum assay_out_of_memory out_of_memory;
  enum assay_zero zero;
  enum assay_misuse misuse;
  unsigned fill;        /* ASSAY_FILL(0xCC): all bytes of a free frame have this value, but
                                    for those it keeps links in; 0: they may have any */
  unsigned uses;        /* of a free frame: 0: it may read and write all of it;
                                    ASSAY_USES_NOTHING; ASSAY_USES_START(16): its first 16 bytes */
  uint32_t kept_frames; /* usable frames that it keeps for itself, at most: so many, and */
  uint32_t
      kept_bytes_per_frame; /* so many bytes for each frame, rounded up to frames; see assay_keep */
  uint32_t smallest_arena;  /* in frames; equal to largest_arena: it knows only one size */
  uint32_t largest_arena;   /* 0: any */
  uint32_t base;            /* the only number that an arena may begin at; 0: any but 0 */
  uint32_t base_multiple;   /* an arena begins at a multiple of it; 0: anywhere */
  int holes;                /* 1: there may be several usable runs */
} assay_contract;

typedef struct assay_plugin {
  uint32_t version; /* ASSAY_PLUGIN fills these two in */
  uint32_t bytes;
  assay_contract contract;

  /* The machine starts: all usable frames of the map are free, or kept. The content of the frames
   * may be anything. */
  void (*init)(const assay_map *map);
  /* Takes `count` frames in a row, the first one at a multiple of `alignment`, which is a power of
   * two. Returns the first one's number, or ASSAY_NONE. */
  uint32_t (*allocate)(uint32_t count, uint32_t alignment);
  /* Releases the block that starts at `first`. Returns the frames, ASSAY_REFUSED or ASSAY_DONE.
   * One of these two: free_sized is for allocators whose caller says how long a block is. */
  int64_t (*free)(uint32_t first);
  int64_t (*free_sized)(uint32_t first, uint32_t count);

  /* All that follows may be left out; what is there is judged. */

  /* Bytes beside the arena, for tables that boot code would place; map->metadata is not yet set. */
  size_t (*metadata_bytes)(const assay_map *map);
  /* Frames of a hole become usable. */
  void (*add_usable)(assay_run run);
  uint32_t (*free_frames)(void);
  uint32_t (*used_frames)(void);      /* all that are neither free, kept nor holes */
  uint32_t (*managed_frames)(void);   /* free and used ones */
  uint32_t (*largest_free_run)(void); /* in frames */
  /* The block in use that holds `frame`; {0, 0} if there is none. */
  assay_run (*block_at)(uint32_t frame);
  /* Checks the invariants: NULL, or which one is broken, in words. */
  const char *(*validate)(void);
} assay_plugin;

#define ASSAY_PLUGIN_VERSION 1u

/* Once in each adapter, with fields of assay_plugin. All else in a plug-in is hidden. */
#define ASSAY_EXPORTED __attribute__((visibility("default")))
#define ASSAY_PLUGIN(...)                                      \
  extern ASSAY_EXPORTED const assay_plugin assay_plugin_entry; \
  ASSAY_EXPORTED const assay_plugin assay_plugin_entry = {     \
      .version = ASSAY_PLUGIN_VERSION, .bytes = sizeof(assay_plugin), __VA_ARGS__}

/* For adapters. Of the machine that is running: */

/* Where a frame is. */
void *assay_address(uint32_t frame);
/* Which frame starts there; ASSAY_NONE for NULL. Any other address is a finding. */
uint32_t assay_frame(const void *address);
/* Its RAM, and how many frames that is. */
const assay_map *assay_machine(void);
/* Only in `init`: these usable frames are never handed out, since your allocator keeps its tables
 * there. contract.kept_frames and kept_bytes_per_frame say how many there may be. */
void assay_keep(uint32_t first, uint32_t count);
/* The machine stops. A finding, but where the contract expects a panic. `panic` is the same. */
#if defined(__cplusplus)
[[noreturn]]
#else
_Noreturn
#endif
void assay_panic(const char *format, ...);

/* Between physical addresses (frame number * 4,096) and pointers, for code that computes with them
 * as integers. */
#define ASSAY_PADDR_TO_VADDR(paddr)  \
  ((uintptr_t)assay_machine()->ram + \
   ((uintptr_t)(paddr) - (uintptr_t)assay_machine()->base * ASSAY_FRAME_BYTES))
#define ASSAY_VADDR_TO_PADDR(vaddr)                       \
  ((uintptr_t)(vaddr) - (uintptr_t)assay_machine()->ram + \
   (uintptr_t)assay_machine()->base * ASSAY_FRAME_BYTES)

#ifdef __cplusplus
}
#endif

#endif
