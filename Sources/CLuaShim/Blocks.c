// Lua tells the size of a block whenever it frees or resizes one, so a block needs no header; and the thousand small
// blocks of a service are the larger part of its memory. A freed block goes to the free list of its size class, first in
// the cache of the thread that freed it, then, when that has many, to the central lists. Memory comes from the system in
// regions that may be huge pages, and stays: a node that held many services once will hold them again.
#define _GNU_SOURCE
#include "Blocks.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// Classes: up to FINE bytes in steps of 8, beyond it four to a doubling. What is larger than LARGEST is the system's.
#define STEP ((size_t)8)
#define FINE ((size_t)512)
#define LOG2_FINE 9
#define FINE_CLASSES (FINE / STEP)
#define LARGEST ((size_t)4096)
#define CLASS_COUNT (FINE_CLASSES + 12)
#define SMALLEST_CLASS 1

#define SLAB_SIZE ((size_t)64 << 10)
#define REGION_SIZE ((size_t)2 << 20)
// Bytes that move between a thread's cache and the central lists at a time.
#define BATCH_BYTES ((size_t)8 << 10)

// A free block, in a list of its class; the first of a batch in a central list has the next batch.
typedef struct Block {
    struct Block *next;
    struct Block *next_batch;
} Block;

typedef struct FreeList {
    Block *first;
    size_t count;
} FreeList;

typedef struct ThreadCache {
    FreeList free_lists[CLASS_COUNT];
    char *slab, *slab_end;  // the part of the newest slab that was never used
} ThreadCache;

// The cache of a thread that ends is lost; those that run services live as long as the node.
static _Thread_local ThreadCache cache;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Block *central_lists[CLASS_COUNT];
static char *region, *region_end;

static size_t class_of(size_t size) {
    if (size <= 2 * STEP)
        return SMALLEST_CLASS;
    if (size <= FINE)
        return (size - 1) / STEP;
    size_t log2 = 63 - (size_t)__builtin_clzll(size - 1);
    return FINE_CLASSES + (log2 - LOG2_FINE) * 4 + (((size - 1) >> (log2 - 2)) & 3);
}

static size_t class_size(size_t class) {
    if (class < FINE_CLASSES)
        return (class + 1) * STEP;
    size_t quarters = class - FINE_CLASSES;
    return (5 + quarters % 4) << (LOG2_FINE - 2 + quarters / 4);
}

// MARK: Central lists

static bool map_region(void) {
    // Twice the size, for a mapping is only aligned to small pages.
    char *mapped = mmap(NULL, 2 * REGION_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
        return false;
    size_t before = -(uintptr_t)mapped & (REGION_SIZE - 1);
    if (before)
        munmap(mapped, before);
    region = mapped + before;
    region_end = region + REGION_SIZE;
    munmap(region_end, REGION_SIZE - before);
    madvise(region, REGION_SIZE, MADV_HUGEPAGE);
    return true;
}

static char *allocate_slab(void) {
    pthread_mutex_lock(&lock);
    char *slab = NULL;
    if (region != region_end || map_region()) {
        slab = region;
        region += SLAB_SIZE;
    }
    pthread_mutex_unlock(&lock);
    return slab;
}

static Block *fetch_batch(size_t class) {
    if (__atomic_load_n(&central_lists[class], __ATOMIC_RELAXED) == NULL)
        return NULL;
    pthread_mutex_lock(&lock);
    Block *batch = central_lists[class];
    if (batch)
        __atomic_store_n(&central_lists[class], batch->next_batch, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
    return batch;
}

static void release_batch(size_t class, Block *batch) {
    pthread_mutex_lock(&lock);
    batch->next_batch = central_lists[class];
    __atomic_store_n(&central_lists[class], batch, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
}

// MARK: Thread cache

static size_t batch_length(size_t class) {
    size_t length = BATCH_BYTES / class_size(class);
    return length < 128 ? length : 128;
}

static void *allocate_from_slab(size_t size) {
    if ((size_t)(cache.slab_end - cache.slab) < size) {
        char *slab = allocate_slab();
        if (slab == NULL)
            return NULL;
        cache.slab = slab;
        cache.slab_end = slab + SLAB_SIZE;
    }
    void *block = cache.slab;
    cache.slab += size;
    return block;
}

static void *refill(size_t class) {
    Block *batch = fetch_batch(class);
    if (batch == NULL)
        return allocate_from_slab(class_size(class));
    cache.free_lists[class] = (FreeList){batch->next, batch_length(class) - 1};
    return batch;
}

static void release_surplus(size_t class) {
    FreeList *list = &cache.free_lists[class];
    size_t length = batch_length(class);
    Block *last = list->first;
    for (size_t i = 1; i < length; i++)
        last = last->next;
    Block *rest = last->next;
    last->next = NULL;
    release_batch(class, list->first);
    *list = (FreeList){rest, list->count - length};
}

// MARK: Interface

void *blocks_allocate(size_t size) {
    if (size > LARGEST)
        return malloc(size);
    size_t class = class_of(size);
    FreeList *list = &cache.free_lists[class];
    Block *block = list->first;
    if (block == NULL)
        return refill(class);
    list->first = block->next;
    list->count--;
    return block;
}

void blocks_free(void *block, size_t size) {
    if (size > LARGEST) {
        free(block);
        return;
    }
    size_t class = class_of(size);
    FreeList *list = &cache.free_lists[class];
    ((Block *)block)->next = list->first;
    list->first = block;
    if (++list->count > 2 * batch_length(class))
        release_surplus(class);
}

void *blocks_reallocate(void *block, size_t old_size, size_t new_size) {
    if (old_size > LARGEST && new_size > LARGEST)
        return realloc(block, new_size);
    if (old_size <= LARGEST && new_size <= LARGEST && class_of(old_size) == class_of(new_size))
        return block;
    void *moved = blocks_allocate(new_size);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        blocks_free(block, old_size);
    }
    return moved;
}
