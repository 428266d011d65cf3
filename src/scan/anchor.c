#include "scan/anchor.h"

#include <stdint.h>

#include "base/macros.h"

enum { WIDTH = 32 };

typedef uint8_t lanes __attribute__((vector_size(WIDTH)));
typedef uint64_t words __attribute__((vector_size(WIDTH)));

/* --- the exact question, byte by byte ------------------------------------------------------------ */

static const struct {
    char text[5];
    enum anchor_kind kind;
    unsigned phase;
} literals[] = {
    { "AKIA", ANCHOR_ID, 0 },     { "ASIA", ANCHOR_ID, 0 },     { "ABIA", ANCHOR_ID, 0 },
    { "ACCA", ANCHOR_ID, 0 },     { "QUtJ", ANCHOR_BASE64, 0 }, { "QVNJ", ANCHOR_BASE64, 0 },
    { "QUJJ", ANCHOR_BASE64, 0 }, { "QUND", ANCHOR_BASE64, 0 }, { "FLSU", ANCHOR_BASE64, 2 },
    { "FTSU", ANCHOR_BASE64, 2 }, { "FCSU", ANCHOR_BASE64, 2 }, { "FDQ0", ANCHOR_BASE64, 2 },
    { "BS0l", ANCHOR_BASE64, 3 }, { "BU0l", ANCHOR_BASE64, 3 }, { "BQkl", ANCHOR_BASE64, 3 },
    { "BQ0N", ANCHOR_BASE64, 3 }, { "H4sI", ANCHOR_GZIP, 0 },   { "SDRz", ANCHOR_GZIP, 0 },
};

static bool wide_at(str rest)
{
    static const char *const prefixes[] = { "AKIA", "ASIA", "ABIA", "ACCA" };

    if (rest.len < 7) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        const char *p = prefixes[i];
        if (rest.ptr[0] == p[0] && rest.ptr[1] == 0 && rest.ptr[2] == p[1] && rest.ptr[3] == 0 &&
            rest.ptr[4] == p[2] && rest.ptr[5] == 0 && rest.ptr[6] == p[3]) {
            return true;
        }
    }
    return false;
}

static bool name_at(str rest)
{
    if (rest.len >= 6 && str_eq_nocase(str_slice(rest, 0, 6), STR("secret"))) {
        return true;
    }
    if (rest.len < 5 || !str_eq_nocase(str_slice(rest, 0, 2), STR("ss"))) {
        return false;
    }
    return str_eq_nocase(str_slice(rest, 2, 3), STR("key")) ||
           str_eq_nocase(str_slice(rest, 3, 3), STR("key"));
}

static bool exact(str text, size_t at, struct anchor *ret)
{
    str rest = str_skip(text, at);

    ret->at = at;
    ret->phase = 0;
    if (rest.len >= 4) {
        for (size_t i = 0; i < COUNT_OF(literals); i++) {
            if (memcmp(rest.ptr, literals[i].text, 4) == 0) {
                ret->kind = literals[i].kind;
                ret->phase = literals[i].phase;
                return true;
            }
        }
    }
    if (wide_at(rest)) {
        ret->kind = ANCHOR_WIDE;
        return true;
    }
    ret->kind = ANCHOR_NAME;
    return name_at(rest);
}

/* --- the broad question, many bytes at once ------------------------------------------------------ */

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* By pointer: a vector passed by value would change the calling convention with the target. */
ALWAYS_INLINE void load(const char *at, lanes *ret)
{
    memcpy(ret, at, WIDTH);
}

#define IS(v, c) ((lanes)((v) == (uint8_t)(c)))

/* Wherever `exact` says yes, the lane is not zero; elsewhere it seldom is. */
ALWAYS_INLINE bool maybe(const char *at)
{
    lanes c0, c1, c2, c3, c6, hit;
    words all;

    load(at, &c0);
    load(at + 1, &c1);
    load(at + 2, &c2);
    load(at + 3, &c3);
    load(at + 6, &c6);
    hit = IS(c0, 'A') & (IS(c2, 'I') | IS(c2, 'C')) & IS(c3, 'A');
    hit |= IS(c0, 'A') & IS(c1, 0) & IS(c6, 'A');
    hit |= IS(c0, 'Q') & (IS(c1, 'U') | IS(c1, 'V')) & (IS(c3, 'J') | IS(c3, 'D'));
    hit |= IS(c0, 'F') & (IS(c2, 'S') | IS(c2, 'Q')) & (IS(c3, 'U') | IS(c3, '0'));
    hit |= IS(c0, 'B') & (IS(c2, '0') | IS(c2, 'k')) & (IS(c3, 'l') | IS(c3, 'N'));
    hit |= IS(c0, 'H') & IS(c1, '4') & IS(c2, 's') & IS(c3, 'I');
    hit |= IS(c0, 'S') & IS(c1, 'D') & IS(c2, 'R') & IS(c3, 'z');
    c0 |= 0x20;
    c1 |= 0x20;
    c2 |= 0x20;
    c3 |= 0x20;
    hit |= IS(c0, 's') & IS(c1, 'e') & IS(c2, 'c') & IS(c3, 'r');
    hit |= IS(c0, 's') & IS(c1, 's') & (IS(c2, 'k') | IS(c3, 'k'));
    all = (words)hit;
    return (all[0] | all[1] | all[2] | all[3]) != 0;
}

ALWAYS_INLINE size_t skip_body(const char *ptr, size_t at, size_t end)
{
    while (at < end && !maybe(ptr + at)) {
        at += WIDTH;
    }
    return at;
}

/* From `at` on in steps of WIDTH: where the first block begins that may hold an anchor, or >= end.
 * Every block may be read ANCHOR_REACH bytes past its end. */
typedef size_t skip_fn(const char *ptr, size_t at, size_t end);

static size_t skip_plain(const char *ptr, size_t at, size_t end)
{
    return skip_body(ptr, at, end);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static size_t skip_avx2(const char *ptr, size_t at, size_t end)
{
    return skip_body(ptr, at, end);
}

static skip_fn *best(void)
{
    return __builtin_cpu_supports("avx2") ? skip_avx2 : skip_plain;
}
#else
static skip_fn *best(void)
{
    return skip_plain;
}
#endif

/* The last bytes, with nothing behind them: from a copy that may be read past their end. */
static size_t skip_tail(str text, size_t at, skip_fn *skip)
{
    char copy[2 * (WIDTH + ANCHOR_REACH)] = { 0 };
    size_t left = text.len - at;

    memcpy(copy, text.ptr + at, left);
    left = skip(copy, 0, left);
    return at + left < text.len ? at + left : text.len;
}

bool anchor_next(str text, size_t *at, struct anchor *ret)
{
    size_t safe = text.len < WIDTH + ANCHOR_REACH ? 0 : text.len - WIDTH - ANCHOR_REACH;
    skip_fn *skip = best();
    size_t i = *at;

    while (i < text.len) {
        size_t stop;
        i = i < safe ? skip(text.ptr, i, safe) : skip_tail(text, i, skip);
        stop = text.len - i < WIDTH ? text.len : i + WIDTH;
        for (; i < stop; i++) {
            if (exact(text, i, ret)) {
                *at = i + 1;
                return true;
            }
        }
    }
    *at = text.len;
    return false;
}
