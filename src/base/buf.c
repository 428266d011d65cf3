#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void buf_done(buf *b)
{
    if (b->ptr != NULL) {
        alloc_free(b->alloc, b->ptr, b->cap);
    }
    b->ptr = NULL;
    b->len = b->cap = 0;
}

char *buf_grow(buf *b, size_t more)
{
    static char nothing[1]; /* never written: where no room is asked for in an empty buf */
    size_t want;
    char *grown;

    if (b->err != RC_OK) {
        return NULL;
    }
    if (more <= b->cap - b->len && b->ptr != NULL) {
        return b->ptr + b->len;
    }
    if (more == 0 && b->ptr == NULL) {
        return nothing;
    }
    if (b->len > b->max || more > b->max - b->len) {
        b->err = RC_LIMIT;
        return NULL;
    }
    want = b->cap < 128 ? 256 : b->cap > b->max / 2 ? b->max : b->cap * 2;
    if (want < b->len + more) {
        want = b->len + more;
    }
    if (want > b->max) {
        want = b->max;
    }
    grown = b->alloc->resize(b->alloc, b->ptr, b->cap, want);
    if (grown == NULL) {
        b->err = RC_NOMEM;
        return NULL;
    }
    b->ptr = grown;
    b->cap = want;
    return b->ptr + b->len;
}

void buf_add_u64(buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    buf_add(b, str_from(digits + at, sizeof(digits) - at));
}

void buf_add_i64(buf *b, int64_t n)
{
    if (n < 0) {
        buf_add_char(b, '-');
        buf_add_u64(b, (uint64_t)0 - (uint64_t)n);
        return;
    }
    buf_add_u64(b, (uint64_t)n);
}

/* vsnprintf writes a NUL behind the text, and the buf's max need not have room for it. */
PRINTF_LIKE(3, 0)
static void add_long(buf *b, size_t len, const char *format, va_list args)
{
    char *text = b->err == RC_OK ? b->alloc->resize(b->alloc, NULL, 0, len + 1) : NULL;

    if (text == NULL) {
        b->err = b->err == RC_OK ? RC_NOMEM : b->err;
        return;
    }
    (void)vsnprintf(text, len + 1, format, args);
    buf_add(b, str_from(text, len));
    alloc_free(b->alloc, text, len + 1);
}

void buf_printf(buf *b, const char *format, ...)
{
    char small[256];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (len < 0) {
        b->err = b->err == RC_OK ? RC_SYNTAX : b->err;
        return;
    }
    if ((size_t)len < sizeof(small)) {
        buf_add(b, str_from(small, (size_t)len));
        return;
    }
    if ((size_t)len > b->max) { /* do not take memory for what can never fit */
        b->err = b->err == RC_OK ? RC_LIMIT : b->err;
        return;
    }
    va_start(args, format);
    add_long(b, (size_t)len, format, args);
    va_end(args);
}
