// Lua tells the size of a block whenever it frees or resizes one, so a block needs no header; and the thousand small
// blocks of a service are the larger part of what it weighs. A freed block waits for the next of its class, first with
// the thread that freed it, then, when that has many, in the common store. Memory comes from the system in regions that
// may be huge pages, and stays: a node that held many services once will hold them again.
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
// Bytes that go to the common store, or come from it, at a time.
#define BATCH_BYTES ((size_t)8 << 10)

// A free block, in a list of its class; the first of a batch in the common store has the next batch.
typedef struct Block {
    struct Block *next;
    struct Block *next_batch;
} Block;

typedef struct Shelf {
    Block *first;
    size_t count;
} Shelf;

typedef struct Store {
    Shelf shelves[CLASS_COUNT];
    char *slab, *slab_end;  // the part of the newest slab that was never used
} Store;

// What a thread that ends has left is lost; those that run services live as long as the node.
static _Thread_local Store store;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Block *batches[CLASS_COUNT];
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

// MARK: The common store

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

static char *take_slab(void) {
    pthread_mutex_lock(&lock);
    char *slab = NULL;
    if (region != region_end || map_region()) {
        slab = region;
        region += SLAB_SIZE;
    }
    pthread_mutex_unlock(&lock);
    return slab;
}

static Block *take_batch(size_t class) {
    if (__atomic_load_n(&batches[class], __ATOMIC_RELAXED) == NULL)
        return NULL;
    pthread_mutex_lock(&lock);
    Block *batch = batches[class];
    if (batch)
        __atomic_store_n(&batches[class], batch->next_batch, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
    return batch;
}

static void give_batch(size_t class, Block *batch) {
    pthread_mutex_lock(&lock);
    batch->next_batch = batches[class];
    __atomic_store_n(&batches[class], batch, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
}

// MARK: The thread's own store

static size_t batch_length(size_t class) {
    size_t length = BATCH_BYTES / class_size(class);
    return length < 128 ? length : 128;
}

static void *carve(size_t size) {
    if ((size_t)(store.slab_end - store.slab) < size) {
        char *slab = take_slab();
        if (slab == NULL)
            return NULL;
        store.slab = slab;
        store.slab_end = slab + SLAB_SIZE;
    }
    void *block = store.slab;
    store.slab += size;
    return block;
}

static void *take_when_empty(size_t class) {
    Block *batch = take_batch(class);
    if (batch == NULL)
        return carve(class_size(class));
    store.shelves[class] = (Shelf){batch->next, batch_length(class) - 1};
    return batch;
}

static void give_surplus(size_t class) {
    Shelf *shelf = &store.shelves[class];
    size_t length = batch_length(class);
    Block *last = shelf->first;
    for (size_t i = 1; i < length; i++)
        last = last->next;
    Block *rest = last->next;
    last->next = NULL;
    give_batch(class, shelf->first);
    *shelf = (Shelf){rest, shelf->count - length};
}

// MARK: The face

void *blocks_take(size_t size) {
    if (size > LARGEST)
        return malloc(size);
    size_t class = class_of(size);
    Shelf *shelf = &store.shelves[class];
    Block *block = shelf->first;
    if (block == NULL)
        return take_when_empty(class);
    shelf->first = block->next;
    shelf->count--;
    return block;
}

void blocks_free(void *block, size_t size) {
    if (size > LARGEST) {
        free(block);
        return;
    }
    size_t class = class_of(size);
    Shelf *shelf = &store.shelves[class];
    ((Block *)block)->next = shelf->first;
    shelf->first = block;
    if (++shelf->count > 2 * batch_length(class))
        give_surplus(class);
}

void *blocks_resize(void *block, size_t old_size, size_t new_size) {
    if (old_size > LARGEST && new_size > LARGEST)
        return realloc(block, new_size);
    if (old_size <= LARGEST && new_size <= LARGEST && class_of(old_size) == class_of(new_size))
        return block;
    void *moved = blocks_take(new_size);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        blocks_free(block, old_size);
    }
    return moved;
}
