/* An allocator that fails on request and keeps the books, for every unit test.
 *
 * Give it to the code under test instead of &heap, and run that code once per allocation it makes:
 *
 *     struct failing_alloc fa;
 *     for (failing_init(&fa); failing_again(&fa);) {
 *         struct arena arena;
 *         arena_init(&arena, &fa.as_alloc, 256, 1 << 20);
 *         enum rc rc = thing_parse(text, &arena, &thing);
 *         assert_int_equal(rc, fa.failed ? RC_NOMEM : RC_OK);
 *         arena_done(&arena);
 *     }
 *
 * (Keep the call out of the assert: the order in which its arguments are evaluated is open.)
 *
 * The first turn fails the first allocation, the second the second one, and so on; the last turn is
 * the one in which nothing failed. After each turn everything must have been given back: a leak
 * fails the test, as does freeing or growing a block with a size other than the one asked for.
 *
 * A growing block always moves, so that a pointer kept across a growth is a use after free to
 * AddressSanitizer. Not for several threads. */
#ifndef MANTLE_TESTS_FAILING_ALLOC_H
#define MANTLE_TESTS_FAILING_ALLOC_H

#include "unit.h"

#include <stdlib.h>

#include "base/alloc.h"

struct failing_alloc {
    struct alloc as_alloc;
    long calls;         /* allocations and growths asked for in this turn */
    long fail_at;       /* the one that fails, from 1; 0: none */
    bool failed;        /* whether it came to that */
    size_t live_blocks; /* not given back yet */
    size_t live_bytes;
};

struct failing_header { /* before each block; 16 bytes keep the alignment of malloc */
    size_t size, magic;
};
enum { FAILING_MAGIC = 0x6d616e74 };

static inline void failing_release(struct failing_alloc *fa, void *ptr, size_t old_size)
{
    struct failing_header *header = (struct failing_header *)ptr - 1;

    assert_int_equal(header->magic, FAILING_MAGIC);
    assert_int_equal(header->size, old_size);
    fa->live_blocks--;
    fa->live_bytes -= old_size;
    header->magic = 0;
    free(header);
}

static inline void *failing_resize(const struct alloc *self, void *ptr, size_t old_size,
                                   size_t new_size)
{
    struct failing_alloc *fa = (struct failing_alloc *)(uintptr_t)self;
    struct failing_header *header;

    if (new_size == 0) {
        if (ptr != NULL) {
            failing_release(fa, ptr, old_size);
        }
        return NULL;
    }
    if (++fa->calls == fa->fail_at) {
        fa->failed = true;
        return NULL;
    }
    header = malloc(sizeof(*header) + new_size);
    assert_non_null(header);
    *header = (struct failing_header){ new_size, FAILING_MAGIC };
    memset(header + 1, 0xA5, new_size); /* who forgets to write reads no zeroes */
    fa->live_blocks++;
    fa->live_bytes += new_size;
    if (ptr != NULL) {
        memcpy(header + 1, ptr, old_size < new_size ? old_size : new_size);
        failing_release(fa, ptr, old_size);
    }
    return header + 1;
}

/* Never fails until failing_again arms it, or the test sets fail_at. */
static inline void failing_init(struct failing_alloc *fa)
{
    *fa = (struct failing_alloc){ .as_alloc = { failing_resize } };
}

/* Ends a turn and begins the next; false after a turn in which nothing failed. */
static inline bool failing_again(struct failing_alloc *fa)
{
    bool first = fa->fail_at == 0;

    assert_int_equal(fa->live_blocks, 0);
    assert_int_equal(fa->live_bytes, 0);
    if (!first && !fa->failed) {
        return false;
    }
    fa->fail_at++;
    fa->calls = 0;
    fa->failed = false;
    return true;
}

#endif
