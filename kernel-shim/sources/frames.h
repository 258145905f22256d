/// The memory functions of framesBitmap and pagesBitmap, a teaching kernel's, in their spelling.
/// docs/KERNEL.md has each with its source and its test.
///
/// Frames are named by physical addresses, of whatever memory; 0 is none. The kernel's heap of
/// pages begins at kernelHeapStart(), 0xC1000000 unless more memory is low, and ends at 0xF7FFFFFF;
/// a process's begins at USER_HEAP_START.
#ifndef ASSAY_KERNEL_FRAMES_H
#define ASSAY_KERNEL_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define THEORICAL_FRAMES_NUMBER 1048576u /* 4 GiB */
#define USER_HEAP_START 0x00001000u
uint32_t kernelHeapStart(void);

/* A frame; the source calls it with 0 only, and so may you. With another number, only a frame below
 * that one will do. Returns: 0 if there is none. */
uint32_t allocFrame(uint32_t end);
/* Panics if it is no block of one frame. */
void freeFrame(uint32_t ptr);
/* What a virtual address is mapped to in the directory that the CPU uses, or 0. */
uint32_t getFrameAddr(uint32_t vAddr);

/* `numberOfPages` pages in a row of the heap that begins at heapStart, the kernel's or that of the
 * process whose directory the CPU uses; nothing is mapped. Returns: 0 if there are none. */
uint32_t allocPages(uint32_t numberOfPages, uint32_t heapStart);
/* Frees such a block. Returns: its pages; 0 if none starts there. */
size_t freePages(uint32_t ptr, uint32_t heapStart);

/* Pages of the kernel's heap in a row with frames of any memory behind them, enough for `size`
 * bytes. Returns: 0, and nothing is taken, if pages, frames or tables run out half-way. */
void* kmmap(size_t size);
/* Unmaps such a block, and only then frees its frames. Returns: its pages; 0 if none starts
 * there. */
size_t kunmap(uint32_t vaddr);

/* Maps a page in the directory that the CPU uses; a page of the kernel's in all directories.
 * `flags` as in xv6.h. Returns: 0; -1 if it is mapped or if there is no frame for a table. */
int mapPage(uint32_t virtAddr, uint32_t physAddr, uint32_t flags);
/* Unmaps it everywhere. */
void unmapPage(uint32_t virtAddr);

#ifdef __cplusplus
}
#endif

#endif
