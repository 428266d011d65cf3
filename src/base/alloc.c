#include "base/alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef MANTLE_FAULTS
/* -1: not read yet, 0: never fail, n: the n-th from now fails. */
static atomic_long fail_in = -1;

static int fault_now(void)
{
    long left = atomic_load(&fail_in);

    if (left < 0) {
        const char *text = getenv("MANTLE_TEST_FAIL_ALLOC");
        long parsed = text == NULL ? 0 : strtol(text, NULL, 10);
        atomic_compare_exchange_strong(&fail_in, &left, parsed > 0 ? parsed : 0);
    }
    left = atomic_load(&fail_in);
    return left > 0 && atomic_fetch_sub(&fail_in, 1) == 1;
}
#else
static int fault_now(void)
{
    return 0;
}
#endif

static void *heap_resize(const struct alloc *self UNUSED, void *ptr, size_t old_size UNUSED,
                         size_t new_size)
{
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return fault_now() ? NULL : realloc(ptr, new_size);
}

const struct alloc heap = { heap_resize };

void *alloc_new(const struct alloc *alloc, size_t size)
{
    void *ptr = size == 0 ? NULL : alloc->resize(alloc, NULL, 0, size);

    if (ptr != NULL) {
        memset(ptr, 0, size);
    }
    return ptr;
}

void *alloc_array(const struct alloc *alloc, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return alloc_new(alloc, count * size);
}

void alloc_free(const struct alloc *alloc, void *ptr, size_t size)
{
    if (ptr != NULL) {
        (void)alloc->resize(alloc, ptr, size, 0);
    }
}
