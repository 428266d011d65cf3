/* A growing byte buffer with a ceiling. Failures stick: append freely, ask once at the end. */
#ifndef MANTLE_BASE_BUF_H
#define MANTLE_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/macros.h"
#include "base/rc.h"
#include "base/str.h"

/* Owns its bytes; grows up to max, never past it. Make one with buf_heap or buf_arena. */
struct buf {
    char *ptr;
    size_t len, cap, max;
    const struct alloc *alloc;
    enum rc err; /* RC_LIMIT past max, RC_NOMEM; once set, appends do nothing */
};
typedef struct buf buf;

static inline buf buf_heap(size_t max)
{
    return (buf){ .max = max, .alloc = &heap };
}

/* The bytes live as long as the arena; buf_done is then a no-op. */
static inline buf buf_arena(struct arena *arena, size_t max)
{
    return (buf){ .max = max, .alloc = &arena->as_alloc };
}

void buf_done(buf *b);               /* frees; accepts a zeroed buf */
static inline void buf_clear(buf *b) /* forgets bytes and error, keeps the memory */
{
    b->len = 0;
    b->err = RC_OK;
}

char *buf_grow(buf *b, size_t more); /* buf_reserve where there is no room yet */
/* Room for `more` bytes behind len, or NULL with err set; add what was written to len. The pointer
 * is good until the buf is used again. */
static inline char *buf_reserve(buf *b, size_t more)
{
    if (LIKELY(b->err == RC_OK && b->ptr != NULL && more <= b->cap - b->len)) {
        return b->ptr + b->len;
    }
    return buf_grow(b, more);
}

static inline void buf_add(buf *b, str s)
{
    char *at = s.len == 0 ? NULL : buf_reserve(b, s.len);

    if (at != NULL) {
        memcpy(at, s.ptr, s.len);
        b->len += s.len;
    }
}

static inline void buf_add_char(buf *b, char c)
{
    char *at = buf_reserve(b, 1);

    if (at != NULL) {
        *at = c;
        b->len++;
    }
}

void buf_add_u64(buf *b, uint64_t n); /* decimal */
void buf_add_i64(buf *b, int64_t n);
void buf_printf(buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

#define BUF_LIT(b, lit) buf_add((b), STR(lit))

static inline str buf_str(const buf *b)
{
    return str_from(b->ptr == NULL ? "" : b->ptr, b->len);
}

#endif
