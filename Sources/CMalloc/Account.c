// Each thread writes a page of its own; the account is the sum of all pages. A block may be freed on another thread
// than it was made on, so a page may well go below zero. The page of a thread that has ended goes to the next thread.
#include "CMalloc.h"
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Page {
    // Written by the page's thread alone, read by all: hence atomic, and hence no atomic addition.
    _Alignas(64) atomic_long blocks;
    atomic_long bytes;
    atomic_bool taken;
    struct Page *next;
} Page;

static _Atomic(Page *) pages;
static pthread_key_t page_key;
static pthread_once_t page_once = PTHREAD_ONCE_INIT;
static _Thread_local Page *own __attribute__((tls_model("initial-exec")));

static void leave(void *page) {
    own = NULL;
    atomic_store(&((Page *)page)->taken, false);
}

static void make_key(void) {
    pthread_key_create(&page_key, leave);
}

static void *demand(void *memory, size_t size) {
    if (memory == NULL) {
        fprintf(stderr, "swiftgate: out of memory: %zu bytes for a message\n", size);
        abort();
    }
    return memory;
}

static Page *take_page(void) {
    for (Page *page = atomic_load(&pages); page; page = page->next) {
        bool free_page = false;
        if (atomic_compare_exchange_strong(&page->taken, &free_page, true))
            return page;
    }
    Page *page = demand(aligned_alloc(64, sizeof *page), sizeof *page);
    atomic_init(&page->blocks, 0);
    atomic_init(&page->bytes, 0);
    atomic_init(&page->taken, true);
    page->next = atomic_load(&pages);
    while (!atomic_compare_exchange_weak(&pages, &page->next, page)) {}
    return page;
}

static __attribute__((noinline)) Page *join(void) {
    pthread_once(&page_once, make_key);
    own = take_page();
    pthread_setspecific(page_key, own);
    return own;
}

static inline void enter(atomic_long *sum, long amount) {
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + amount, memory_order_relaxed);
}

void CMalloc_adopt(void *block) {
    Page *page = own ? own : join();
    enter(&page->blocks, 1);
    enter(&page->bytes, (long)malloc_usable_size(block));
}

void CMalloc_release(void *block) {
    Page *page = own ? own : join();
    enter(&page->blocks, -1);
    enter(&page->bytes, -(long)malloc_usable_size(block));
}

void *CMalloc_allocate(size_t size) {
    void *block = demand(malloc(size > 0 ? size : 1), size);
    CMalloc_adopt(block);
    return block;
}

void *CMalloc_reallocate(void *block, size_t size) {
    CMalloc_release(block);
    block = demand(realloc(block, size > 0 ? size : 1), size);
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
    for (Page *page = atomic_load(&pages); page; page = page->next)
        sum += atomic_load_explicit(&page->blocks, memory_order_relaxed);
    return sum;
}

long CMalloc_bytes(void) {
    long sum = 0;
    for (Page *page = atomic_load(&pages); page; page = page->next)
        sum += atomic_load_explicit(&page->bytes, memory_order_relaxed);
    return sum;
}
