#include "system/huge.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/alloc.h"

enum rc huge_init(struct huge *huge, size_t bytes)
{
    uintptr_t at;

    *huge = (struct huge){ .bytes = bytes,
                           .memory = heap.resize(&heap, NULL, 0, bytes + HUGE_PAGE) };
    if (huge->memory == NULL) {
        return RC_NOMEM;
    }
    at = ((uintptr_t)huge->memory + HUGE_PAGE - 1) & ~((uintptr_t)HUGE_PAGE - 1);
    huge->at = (char *)at;
    (void)madvise(huge->at, bytes, MADV_HUGEPAGE); /* a wish */
    return RC_OK;
}

void huge_done(struct huge *huge)
{
    alloc_free(&heap, huge->memory, huge->bytes + HUGE_PAGE);
    *huge = (struct huge){ .at = NULL };
}
