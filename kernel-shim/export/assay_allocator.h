/* A physical page-frame allocator for your kernel: C11, i686, no heap, nothing but this header and
 * the library beside it. README.md says how to link it and what to call when.
 *
 * Frames go by their numbers: frame n is the 4,096 bytes at the physical address n * 4,096. All
 * memory is yours: the allocator object, its table (the metadata), and the frames. There is no
 * hidden state, so there may be several allocators. None of them takes a lock: between two CPUs,
 * or a kernel and its interrupts, the lock is yours.
 */
#ifndef ASSAY_ALLOCATOR_H
#define ASSAY_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_FRAME_BYTES 4096u
#define ASSAY_NONE 0xFFFFFFFFu       /* not a frame; 0 is a frame like any other */
#define ASSAY_METADATA_ALIGNMENT 64u /* bytes: the table starts at a multiple of it */
#define ASSAY_MOST_FRAMES (1u << 21) /* of one map: 8 GiB */

/* All arguments on the stack, also in a kernel that is compiled with -mregparm. */
#define ASSAY_CALL __attribute__((cdecl, regparm(0)))

/* The allocator itself. What is in it is nobody's business; it may lie anywhere, but must not be
 * moved while it is in use. */
typedef struct assay_allocator {
  uint32_t opaque[128]; /* 512 bytes, at a multiple of 4 */
} assay_allocator;

/* The frames first, first + 1, ... first + count - 1. */
typedef struct assay_run {
  uint32_t first;
  uint32_t count;
} assay_run;

/* What is managed: the arena [base, base + frames). Handed out are only the usable runs: ascending,
 * not empty, disjoint, inside. All other frames are reserved. Only assay_init reads it. */
typedef struct assay_map {
  uint32_t base;
  uint32_t frames; /* 1 or more */
  const assay_run* usable;
  uint32_t usable_count;
} assay_map;

/* How a free frame's bytes are reached; an allocator may keep links there. Either they lie in a
 * row: frame `first` at `linear`, the next one 4,096 bytes further, and `map` is 0. Or `map`
 * returns where it has mapped a frame: each such pointer is used no longer than until the second
 * following call, so that two temporary maps in turn are enough. */
typedef struct assay_window {
  void* linear;
  uint32_t first;
  void*(ASSAY_CALL* map)(void* context, uint32_t frame);
  void* context;
} assay_window;

/* Bytes of table that a map needs; 0 if assay_init would refuse the map. */
ASSAY_CALL uint32_t assay_metadata_bytes(const assay_map* map);

/* What assay_init returns. */
#define ASSAY_OK 0
#define ASSAY_BAD_MAP (-1)      /* the map breaks a rule above, or has too many frames */
#define ASSAY_BAD_METADATA (-2) /* the table is too small, or not aligned */

/* Phase one: every usable frame of the map is free, all others are reserved. What table and frames
 * hold before may be anything. Returns ASSAY_OK, or why it was refused, and nothing changed. */
ASSAY_CALL int32_t assay_init(assay_allocator* allocator, const assay_map* map,
                              const assay_window* window, void* metadata, uint32_t metadata_bytes);

/* Phase two, as often as it is wanted: reserved frames become free. Requires: each of them is in
 * the arena, reserved, and reached by the window. A run of 0 frames changes nothing. */
ASSAY_CALL void assay_add_usable(assay_allocator* allocator, uint32_t first, uint32_t count);

/* Takes `count` frames in a row, whose first one is a multiple of `alignment` (1 for any). Returns
 * that one; ASSAY_NONE, and nothing has changed, if there is no such run, if count is 0, or if
 * alignment is no power of two. */
ASSAY_CALL uint32_t assay_allocate(assay_allocator* allocator, uint32_t count, uint32_t alignment);

/* What assay_free returns if not the number of frames that it released. */
#define ASSAY_OUTSIDE_ARENA (-1) /* the frame is not in the arena */
#define ASSAY_RESERVED (-2)      /* it was never handed out */
#define ASSAY_ALREADY_FREE (-3)  /* a double free, or never allocated */
#define ASSAY_INSIDE_BLOCK (-4)  /* in use, but its block starts earlier */

/* Releases the block that starts at `first`, all of it: its length was recorded. Returns how many
 * frames that were, or why it was refused; then nothing has changed. */
ASSAY_CALL int32_t assay_free(assay_allocator* allocator, uint32_t first);
/* Such a reason in a word, for a panic: "already_free". */
ASSAY_CALL const char* assay_misuse_name(int32_t refused);

/* Counts of frames, at once. Reserved ones are not managed: managed = free + used. */
ASSAY_CALL uint32_t assay_free_frames(const assay_allocator* allocator);
ASSAY_CALL uint32_t assay_used_frames(const assay_allocator* allocator);
ASSAY_CALL uint32_t assay_managed_frames(const assay_allocator* allocator);

/* The longest run of free frames. */
ASSAY_CALL uint32_t assay_largest_free_run(const assay_allocator* allocator);

/* The block in use that holds `frame`. Returns false, and leaves *block, if there is none. */
ASSAY_CALL bool assay_block_at(const assay_allocator* allocator, uint32_t frame, assay_run* block);

/* Checks table and links from one end to the other, which takes a while. Returns 0, or which of
 * the design's invariants is broken: somebody has written over them. */
ASSAY_CALL const char* assay_validate(const assay_allocator* allocator);

#ifdef __cplusplus
}
#endif

#endif
