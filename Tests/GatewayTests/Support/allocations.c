// Counts what a process asks the allocator for. Preloaded it stands before the C library's functions of the same
// names; loaded once more by Lua, with require "allocations", it is the same object and answers the same count.
//
// The C library's second names are called, not dlsym's findings: dlsym may itself ask for memory before it has found
// whom to ask.
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

typedef struct lua_State lua_State;
extern void lua_pushinteger(lua_State *L, long long number);
extern void lua_pushcclosure(lua_State *L, int (*function)(lua_State *), int upvalues);

static atomic_llong calls;

static void count(void) {
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    count();
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    count();
    void *block = __libc_memalign(alignment, size);
    if (block == NULL)
        return ENOMEM;
    *result = block;
    return 0;
}

static int answer(lua_State *L) {
    lua_pushinteger(L, atomic_load_explicit(&calls, memory_order_relaxed));
    return 1;
}

// The module is one function: how many calls there were, of all threads.
int luaopen_allocations(lua_State *L) {
    lua_pushcclosure(L, answer, 0);
    return 1;
}
