// Lua has no finalizer for strings. Who hands out the address of a string's bytes learns of its end from the allocator.
#include "CLuaShim.h"
#include "Watch.h"
#include <stdlib.h>
#include <string.h>

struct CLuaWatch {
    void (*gone)(const void *bytes);
    size_t count, capacity;
    const char **strings;  // in ascending order
};

// The first watched string at or behind `address`.
static size_t position(const struct CLuaWatch *watch, const char *address) {
    size_t low = 0, high = watch->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (watch->strings[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_room(struct CLuaWatch *watch) {
    if (watch->count < watch->capacity)
        return true;
    size_t capacity = watch->capacity ? 2 * watch->capacity : 16;
    const char **strings = realloc(watch->strings, capacity * sizeof *strings);
    if (strings == NULL)
        return false;
    watch->strings = strings;
    watch->capacity = capacity;
    return true;
}

const void *CLua_watchstring(lua_State *L, int index, void (*gone)(const void *)) {
    CLuaContext *context = CLua_context(L);
    const char *bytes = lua_tostring(L, index);
    if (context->watch == NULL)
        context->watch = calloc(1, sizeof *context->watch);
    struct CLuaWatch *watch = context->watch;
    if (bytes == NULL || watch == NULL || !make_room(watch))
        return NULL;
    watch->gone = gone;
    size_t place = position(watch, bytes);
    if (place < watch->count && watch->strings[place] == bytes)
        return bytes;
    memmove(watch->strings + place + 1, watch->strings + place, (watch->count - place) * sizeof *watch->strings);
    watch->strings[place] = bytes;
    watch->count++;
    return bytes;
}

void watch_freed(struct CLuaWatch *watch, const void *block, size_t size) {
    const char *start = block, *end = start + size;
    size_t first = position(watch, start), last = first;
    while (last < watch->count && watch->strings[last] < end)
        watch->gone(watch->strings[last++]);
    memmove(watch->strings + first, watch->strings + last, (watch->count - last) * sizeof *watch->strings);
    watch->count -= last - first;
}

void watch_end(struct CLuaWatch *watch) {
    if (watch == NULL)
        return;
    free(watch->strings);
    free(watch);
}
