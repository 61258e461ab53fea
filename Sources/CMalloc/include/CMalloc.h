// CMalloc: blocks from malloc whose number and size are known.
//
// The blocks are ordinary ones, so that code which knows only malloc and free may hand them in and out; it says so with
// CMalloc_adopt and CMalloc_release. Counting is done per thread and without atomic additions: two of those a block
// would cost as much as malloc itself, and several times that when threads share the line (Account.c).
#ifndef CMALLOC_H
#define CMALLOC_H

#include <stddef.h>

// A block of at least `size` bytes, never NULL; ends the process when there is no memory.
void *_Nonnull CMalloc_allocate(size_t size);
void *_Nonnull CMalloc_reallocate(void *_Nonnull block, size_t size);
void CMalloc_free(void *_Nonnull block);

// Bytes that a block has room for, as the allocator rounds them.
size_t CMalloc_capacity(void *_Nonnull block);

// Counts a block, or no longer counts it.
void CMalloc_adopt(void *_Nonnull block);
void CMalloc_release(void *_Nonnull block);

// Blocks alive in the process and their bytes, as the allocator rounds them. Exact when no other thread is at work.
long CMalloc_blocks(void);
long CMalloc_bytes(void);

// What the C library's allocator says of itself, in bytes.
typedef struct CMallocFigures {
    long allocated;  // in use
    long active;     // taken from the system
    long retained;   // free, but kept
} CMallocFigures;
CMallocFigures CMalloc_figures(void);

// Gives the pages of free blocks back to the system, whole pages only. Holds every arena for as long as it takes.
void CMalloc_trim(void);

#endif
