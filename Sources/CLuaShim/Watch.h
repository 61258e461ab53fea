// How the allocator tells that watched strings are gone.
#ifndef CLUASHIM_WATCH_H
#define CLUASHIM_WATCH_H

#include <stddef.h>

struct CLuaWatch;

// The block is about to be freed: tells of every watched string in it.
void watch_freed(struct CLuaWatch *watch, const void *block, size_t size);
// The state has ended, and all its strings with it.
void watch_end(struct CLuaWatch *watch);

#endif
