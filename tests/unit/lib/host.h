/* The unit tests' allocator as a host's. */
#ifndef MANTLE_TESTS_LIB_HOST_H
#define MANTLE_TESTS_LIB_HOST_H

#include <mantle/base.h>

#include "failing_alloc.h"

static inline void *host_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    struct failing_alloc *fa = context;

    return failing_resize(&fa->as_alloc, ptr, old_size, new_size);
}

static inline mantle_allocator host_allocator(struct failing_alloc *fa)
{
    return (mantle_allocator){ host_resize, fa };
}

#define assert_text(actual, expected)                                                              \
    do {                                                                                           \
        mantle_str text_ = (actual);                                                               \
        if (text_.ptr == NULL || text_.len != strlen(expected) ||                                  \
            memcmp(text_.ptr, expected, text_.len) != 0) {                                         \
            fail_msg("%s is \"%.*s\", not \"%s\"", #actual, (int)text_.len,                        \
                     text_.ptr == NULL ? "" : text_.ptr, expected);                                \
        }                                                                                          \
    } while (0)

#endif
