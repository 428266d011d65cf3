/* The second pass over JSON text: a cursor that knows from the index (index.h) where strings and
 * containers end. What is stepped over is not judged; what is looked at is. Positions are bytes of the
 * index's text. Nothing here recurses or allocates. */
#ifndef MANTLE_TRAILFILE_SCAN_H
#define MANTLE_TRAILFILE_SCAN_H

#include "trailfile/event.h"
#include "trailfile/index.h"

/* These are the whole cost of reading: a call for each string would be a good part of it. */
#define SCAN_INLINE static inline __attribute__((always_inline))

struct scan {
    struct trail_index *index;
    size_t at; /* the next byte */
    const uint32_t
        *next;    /* in the index's list: the first quote at or behind `at`; NULL: not known */
    bool ran_out; /* the text ended too early */
    const char *reason; /* of the failure; static, lower case */
};

static inline bool scan_fail(struct scan *s, const char *reason)
{
    if (s->reason == NULL) {
        s->reason = reason;
        s->ran_out = s->at >= s->index->len;
    }
    return false;
}

static inline bool scan_cut(struct scan *s)
{
    s->at = s->index->len;
    return scan_fail(s, "broken off");
}

static inline void scan_start(struct scan *s, struct trail_index *index, size_t at)
{
    *s = (struct scan){ .index = index, .at = at };
}

/* The first quote at or behind a byte; len when there is none. */
SCAN_INLINE size_t scan_quote(struct trail_index *index, size_t at)
{
    size_t block = at / INDEX_BLOCK;
    uint64_t quotes;

    while (UNLIKELY(block >= index->done)) {
        if (!index_more(index)) {
            return index->len;
        }
    }
    quotes = index_block(index, block)->quotes & ~(uint64_t)0 << (at % INDEX_BLOCK);
    while (UNLIKELY(quotes == 0)) {
        if (UNLIKELY(++block >= index->done) && !index_more(index)) {
            return index->len;
        }
        quotes = index_block(index, block)->quotes;
    }
    return block * INDEX_BLOCK + (unsigned)__builtin_ctzll(quotes);
}

/* The next byte that is no white space; 0 at the end. */
SCAN_INLINE char scan_peek(struct scan *s)
{
    const struct trail_index *index = s->index;

    while (s->at < index->len) {
        char c = index->text[s->at];
        if (LIKELY(!ascii_is_space(c))) {
            return c;
        }
        s->at++;
    }
    return '\0';
}

/* At an opening quote; *ret is what stands between the quotes, escapes unresolved. */
SCAN_INLINE bool scan_string(struct scan *s, str *ret)
{
    size_t open = s->at, close = scan_quote(s->index, open + 1);

    if (UNLIKELY(close >= s->index->len)) {
        return scan_cut(s);
    }
    *ret = str_from(s->index->text + open + 1, close - open - 1);
    s->at = close + 1;
    return true;
}

/* At an opening bracket: to behind the one that closes it. */
bool scan_container(struct scan *s);
/* At any value. */
bool scan_value(struct scan *s, struct trail_value *ret);
/* At the first byte of a number, true, false or null. */
bool scan_literal(struct scan *s, struct trail_value *ret);

/* Inside an object, behind '{' or behind a member: stops at the quote of the next key. False at the closing
 * brace, which is taken, and on failure (s->reason set). *first: true to begin with. */
SCAN_INLINE bool scan_to_key(struct scan *s, bool *first)
{
    char c = scan_peek(s);

    if (UNLIKELY(c == '}')) {
        s->at++;
        return false;
    }
    if (LIKELY(!*first)) {
        if (UNLIKELY(c != ',')) {
            return c == '\0' ? scan_cut(s) : scan_fail(s, "expected ',' or '}'");
        }
        s->at++;
        c = scan_peek(s);
    }
    *first = false;
    if (UNLIKELY(c != '"')) {
        return c == '\0' ? scan_cut(s) : scan_fail(s, "expected a member name");
    }
    return true;
}

/* At the quote of a key: takes it and stops at the value. */
SCAN_INLINE bool scan_take_key(struct scan *s, str *ret_key)
{
    if (UNLIKELY(!scan_string(s, ret_key))) {
        return false;
    }
    if (UNLIKELY(scan_peek(s) != ':')) {
        return scan_fail(s, "expected ':'");
    }
    s->at++;
    return scan_peek(s) != '\0' || scan_cut(s);
}

static inline bool scan_key(struct scan *s, bool *first, str *ret_key)
{
    return scan_to_key(s, first) && scan_take_key(s, ret_key);
}

#endif
