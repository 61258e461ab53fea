// The allocator's own figures, of all its arenas.
#include "CMalloc.h"

#include <malloc.h>

CMallocFigures CMalloc_figures(void) {
    struct mallinfo2 info = mallinfo2();
    return (CMallocFigures){
        .allocated = (long)(info.uordblks + info.hblkhd),
        .active = (long)(info.arena + info.hblkhd),
        .retained = (long)info.fordblks,
    };
}

void CMalloc_trim(void) {
    malloc_trim(0);
}
