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

char *buf_reserve(buf *b, size_t more)
{
    size_t want;
    char *grown;

    if (b->err != RC_OK) {
        return NULL;
    }
    if (more <= b->cap - b->len && b->ptr != NULL) {
        return b->ptr + b->len;
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
    grown = b->alloc->resize(b->alloc, b->ptr, b->cap, want == 0 ? 1 : want);
    if (grown == NULL) {
        b->err = RC_NOMEM;
        return NULL;
    }
    b->ptr = grown;
    b->cap = want;
    return b->ptr + b->len;
}

void buf_add(buf *b, str s)
{
    char *at = s.len == 0 ? NULL : buf_reserve(b, s.len);

    if (at != NULL) {
        memcpy(at, s.ptr, s.len);
        b->len += s.len;
    }
}

void buf_add_char(buf *b, char c)
{
    char *at = buf_reserve(b, 1);

    if (at != NULL) {
        *at = c;
        b->len++;
    }
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

void buf_printf(buf *b, const char *format, ...)
{
    va_list args;
    int len;
    char *at;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        b->err = b->err == RC_OK ? RC_SYNTAX : b->err;
        return;
    }
    at = buf_reserve(b, (size_t)len + 1); /* vsnprintf wants room for its NUL */
    if (at == NULL) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(at, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
}
