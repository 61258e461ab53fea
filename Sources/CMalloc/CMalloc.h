// The C library's malloc.h (malloc_usable_size, mallinfo2), which Swift's Glibc module leaves out.
#include <malloc.h>
