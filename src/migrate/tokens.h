/* Names as rows of tokens: what stands between '/', '-', '_', ':' and '.'. */
#ifndef MANTLE_MIGRATE_TOKENS_H
#define MANTLE_MIGRATE_TOKENS_H

#include <stdbool.h>

#include "base/str.h"

static inline bool is_boundary(char c)
{
    return c == '/' || c == '-' || c == '_' || c == ':' || c == '.';
}

/* The token at the front with the boundary behind it, if any. */
static inline size_t token_span(str text)
{
    size_t i = 0;

    while (i < text.len && !is_boundary(text.ptr[i])) {
        i++;
    }
    return i < text.len ? i + 1 : i;
}

/* The same without the boundary. */
static inline str token_front(str text)
{
    size_t i = 0;

    while (i < text.len && !is_boundary(text.ptr[i])) {
        i++;
    }
    return str_slice(text, 0, i);
}

/* How long the common front of both is that ends at a boundary. */
size_t tokens_common(str a, str b);
/* How much stands before the last token: behind the last boundary. */
size_t tokens_before_last(str text);

/* A number, a date, a hash, a part of a UUID: tells nothing about the next one. */
bool token_varies(str token);
/* Where the first token stands that varies; text.len: none does. */
size_t tokens_until_varying(str text);
/* An id as a whole: a UUID, a hash, or letters, a hyphen and one ("i-0abc..."). */
bool text_is_id(str text);

#endif
