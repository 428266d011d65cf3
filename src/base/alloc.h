/* The only door to the heap. Allocators are passed in, so that a host can bring its own and a
 * test can make the n-th allocation fail. */
#ifndef MANTLE_BASE_ALLOC_H
#define MANTLE_BASE_ALLOC_H

#include <stddef.h>

#include "base/macros.h"

struct alloc {
    /* ptr NULL: allocate; new_size 0: free and return NULL; else grow or shrink, keeping the
     * contents. old_size is what was asked for before. NULL on failure, ptr then still valid. */
    void *(*resize)(const struct alloc *self, void *ptr, size_t old_size, size_t new_size);
};

/* malloc, realloc and free; needs no old sizes. When built with fault injection,
 * MANTLE_TEST_FAIL_ALLOC=N makes the N-th allocation of the process fail (see tests/unit/net/faults.c). */
extern const struct alloc heap;

/* Zeroed; NULL on failure or when size is 0. */
void *alloc_new(const struct alloc *alloc, size_t size) MUST_CHECK;
void *alloc_array(const struct alloc *alloc, size_t count, size_t size) MUST_CHECK;
/* Accepts NULL. */
void alloc_free(const struct alloc *alloc, void *ptr, size_t size);

#define ALLOC_NEW(alloc, type) ((type *)alloc_new((alloc), sizeof(type)))
#define ALLOC_FREE(alloc, ptr) alloc_free((alloc), (ptr), sizeof(*(ptr)))

#endif
