// Each thread has counters of its own; the figures are the sum of all. A block may be freed on another thread than it was
// made on, so a counter may well go below zero. The counters of a thread that has ended go to the next thread.
#include "CMalloc.h"
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Counters {
    // Written by its own thread alone, read by all: hence atomic, and hence no atomic addition.
    _Alignas(64) atomic_long blocks;
    atomic_long bytes;
    atomic_bool taken;
    struct Counters *next;
} Counters;

static _Atomic(Counters *) all_counters;
static pthread_key_t counters_key;
static pthread_once_t counters_once = PTHREAD_ONCE_INIT;
static _Thread_local Counters *own __attribute__((tls_model("initial-exec")));

static void release_counters(void *counters) {
    own = NULL;
    atomic_store(&((Counters *)counters)->taken, false);
}

static void make_key(void) {
    pthread_key_create(&counters_key, release_counters);
}

static void *require_memory(void *memory, size_t size) {
    if (memory == NULL) {
        fprintf(stderr, "swiftgate: out of memory: %zu bytes for a message\n", size);
        abort();
    }
    return memory;
}

static Counters *acquire_counters(void) {
    for (Counters *counters = atomic_load(&all_counters); counters; counters = counters->next) {
        bool is_taken = false;
        if (atomic_compare_exchange_strong(&counters->taken, &is_taken, true))
            return counters;
    }
    Counters *counters = require_memory(aligned_alloc(64, sizeof *counters), sizeof *counters);
    atomic_init(&counters->blocks, 0);
    atomic_init(&counters->bytes, 0);
    atomic_init(&counters->taken, true);
    counters->next = atomic_load(&all_counters);
    while (!atomic_compare_exchange_weak(&all_counters, &counters->next, counters)) {}
    return counters;
}

static __attribute__((noinline)) Counters *own_counters(void) {
    pthread_once(&counters_once, make_key);
    own = acquire_counters();
    pthread_setspecific(counters_key, own);
    return own;
}

static inline void add(atomic_long *sum, long amount) {
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + amount, memory_order_relaxed);
}

void CMalloc_adopt(void *block) {
    Counters *counters = own ? own : own_counters();
    add(&counters->blocks, 1);
    add(&counters->bytes, (long)malloc_usable_size(block));
}

void CMalloc_release(void *block) {
    Counters *counters = own ? own : own_counters();
    add(&counters->blocks, -1);
    add(&counters->bytes, -(long)malloc_usable_size(block));
}

void *CMalloc_allocate(size_t size) {
    void *block = require_memory(malloc(size > 0 ? size : 1), size);
    CMalloc_adopt(block);
    return block;
}

void *CMalloc_reallocate(void *block, size_t size) {
    CMalloc_release(block);
    block = require_memory(realloc(block, size > 0 ? size : 1), size);
    CMalloc_adopt(block);
    return block;
}

size_t CMalloc_capacity(void *block) {
    return malloc_usable_size(block);
}

void CMalloc_free(void *block) {
    CMalloc_release(block);
    free(block);
}

long CMalloc_blocks(void) {
    long sum = 0;
    for (Counters *counters = atomic_load(&all_counters); counters; counters = counters->next)
        sum += atomic_load_explicit(&counters->blocks, memory_order_relaxed);
    return sum;
}

long CMalloc_bytes(void) {
    long sum = 0;
    for (Counters *counters = atomic_load(&all_counters); counters; counters = counters->next)
        sum += atomic_load_explicit(&counters->bytes, memory_order_relaxed);
    return sum;
}
