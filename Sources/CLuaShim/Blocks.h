// The memory of all Lua states: small blocks without headers, each thread with its own cache of free ones.
#ifndef CLUASHIM_BLOCKS_H
#define CLUASHIM_BLOCKS_H

#include <stddef.h>

// As malloc, realloc and free, but the caller knows the sizes, and none is 0.
void *blocks_allocate(size_t size);
void *blocks_reallocate(void *block, size_t old_size, size_t new_size);
void blocks_free(void *block, size_t size);

#endif
