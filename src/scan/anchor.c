#include "scan/anchor.h"

#include <stdint.h>

#include "base/macros.h"
#include "codec/base64.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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
    { "BQ0N", ANCHOR_BASE64, 3 }, { "H4sI", ANCHOR_VALUE, 0 },  { "SDRz", ANCHOR_VALUE, 0 },
    { "UVV0", ANCHOR_VALUE, 0 },  { "UVZO", ANCHOR_VALUE, 0 },  { "UVVK", ANCHOR_VALUE, 0 },
    { "UVVO", ANCHOR_VALUE, 0 },
};

static const char prefixes[][5] = { "AKIA", "ASIA", "ABIA", "ACCA" };

static bool is_prefix(const char four[4])
{
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        if (memcmp(four, prefixes[i], 4) == 0) {
            return true;
        }
    }
    return false;
}

/* Characters of `unit` bytes. */
static bool wide_at(str rest, size_t unit)
{
    char four[4];

    if (rest.len < 3 * unit + 1) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        four[i] = rest.ptr[i * unit];
        for (size_t k = 1; i < 3 && k < unit; k++) {
            if (rest.ptr[i * unit + k] != 0) {
                return false;
            }
        }
    }
    return is_prefix(four);
}

/* What stands between pairs of digits: dumps, escapes of URLs and of strings. */
static const str between[] = { STR_INIT("\\\\u00"), STR_INIT("\\u00"), STR_INIT("\\x"),
                               STR_INIT(", 0x"),    STR_INIT(",0x"),   STR_INIT("%"),
                               STR_INIT(" "),       STR_INIT(":"),     STR_INIT("") };

static bool digits_with(str rest, str gap)
{
    str front = str_slice(rest, 0, 8 + 3 * gap.len);
    char four[4];

    for (size_t i = 0; i < 4; i++) {
        if (front.len < 2 || hex_decode(str_slice(front, 0, 2), &four[i], 1) != RC_OK) {
            return false;
        }
        front = str_skip(front, 2);
        if (i < 3 && !take_prefix(&front, gap)) {
            return false;
        }
    }
    return is_prefix(four);
}

/* From pair to pair; 0: no id in digits stands here. */
static unsigned digits_at(str rest)
{
    if (rest.len < 8 || rest.ptr[0] != '4' || rest.ptr[1] != '1') {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(between); i++) {
        if (digits_with(rest, between[i])) {
            return 2 + (unsigned)between[i].len;
        }
    }
    return 0;
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
    for (unsigned unit = 2; unit <= 4; unit += 2) {
        if (wide_at(rest, unit)) {
            ret->kind = ANCHOR_WIDE;
            ret->phase = unit;
            return true;
        }
    }
    ret->phase = digits_at(rest);
    if (ret->phase > 0) {
        ret->kind = ANCHOR_DIGITS;
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
ALWAYS_INLINE void maybe(const char *at, lanes *ret)
{
    lanes c0, c1, c2, c3, c6, hit;

    load(at, &c0);
    load(at + 1, &c1);
    load(at + 2, &c2);
    load(at + 3, &c3);
    load(at + 6, &c6);
    hit = IS(c0, 'A') & (IS(c2, 'I') | IS(c2, 'C')) & IS(c3, 'A');
    hit |= IS(c0, 'A') & IS(c1, 0) & (IS(c6, 'A') | (IS(c2, 0) & IS(c3, 0)));
    hit |= IS(c0, '4') & IS(c1, '1');
    hit |= IS(c0, 'Q') & (IS(c1, 'U') | IS(c1, 'V')) & (IS(c3, 'J') | IS(c3, 'D'));
    hit |= IS(c0, 'F') & (IS(c2, 'S') | IS(c2, 'Q')) & (IS(c3, 'U') | IS(c3, '0'));
    hit |= IS(c0, 'B') & (IS(c2, '0') | IS(c2, 'k')) & (IS(c3, 'l') | IS(c3, 'N'));
    hit |= IS(c0, 'H') & IS(c1, '4') & IS(c2, 's') & IS(c3, 'I');
    hit |= IS(c0, 'S') & IS(c1, 'D') & IS(c2, 'R') & IS(c3, 'z');
    hit |= IS(c0, 'U') & IS(c1, 'V') & (IS(c2, 'V') | IS(c2, 'Z'));
    c0 |= 0x20;
    c1 |= 0x20;
    c2 |= 0x20;
    c3 |= 0x20;
    hit |= IS(c0, 's') & IS(c1, 'e') & IS(c2, 'c') & IS(c3, 'r');
    hit |= IS(c0, 's') & IS(c1, 's') & (IS(c2, 'k') | IS(c3, 'k'));
    *ret = hit;
}

/* From `at` on: the first byte that may begin an anchor, or somewhere behind `end` when there is none before.
 * Up to WIDTH + ANCHOR_REACH bytes from `end` on may be read. */
typedef size_t skip_fn(const char *ptr, size_t at, size_t end);

static size_t skip_plain(const char *ptr, size_t at, size_t end)
{
    for (; at < end; at += WIDTH) {
        lanes hit;
        words all;
        maybe(ptr + at, &hit);
        all = (words)hit;
        if ((all[0] | all[1] | all[2] | all[3]) != 0) {
            size_t i = 0;
            while (hit[i] == 0) {
                i++;
            }
            return at + i;
        }
    }
    return at;
}

#if defined(__x86_64__)

/* Two bits of knowledge about each of four bytes, from a table by its lower half and one by its upper half:
 * which of eight sets it can belong to at that place. A set whose bit is left for all four may stand there.
 *   0: A [KSBC\0] [ICKSB\0] [A\0]   1: 4 1 [45 %:,\] [bB2345uxUX0 \]   2: [QU] [UV] [tJNVZ] [JD0OK]
 *   3: F [LTCD] [SQ] [U0]         4: [BHS] [SUQ4D] [0ksR] [lNIz]   5: [sS] [sS] [kK] any   6: [sS] [eE] [cC] [rR]   7: [sS] [sS] any [kK] */
static const struct {
    uint8_t lower[4][16], upper[4][16];
} sets = {
    .lower = {
        { 0x00, 0x05, 0x10, 0xF0, 0x02, 0x04, 0x08, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
        { 0x01, 0x12, 0x01, 0xB9, 0x18, 0x54, 0x04, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00 },
        { 0x93, 0x88, 0x91, 0xD9, 0x86, 0x82, 0x84, 0x80, 0x80, 0x81, 0x86, 0xB1, 0x82, 0x80, 0x84, 0x80 },
        { 0x2F, 0x21, 0x62, 0x22, 0x26, 0x2A, 0x20, 0x20, 0x22, 0x30, 0x34, 0xA4, 0x32, 0x20, 0x30, 0x24 },
    },
    .upper = {
        { 0x00, 0x00, 0x00, 0x02, 0x19, 0xF4, 0x00, 0xE0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
        { 0x01, 0x00, 0x00, 0x12, 0x59, 0xBD, 0x40, 0xA0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
        { 0x81, 0x80, 0x82, 0x92, 0xE5, 0x9F, 0xF0, 0x94, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 },
        { 0x21, 0x20, 0x22, 0x2E, 0xB7, 0x6A, 0xB2, 0x72, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20 },
    },
};

#define AVX2 __attribute__((target("avx2")))

AVX2 ALWAYS_INLINE __m256i sets_of(const char *at, __m256i lower, __m256i upper)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i half = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));

    return _mm256_and_si256(
        _mm256_shuffle_epi8(lower, _mm256_and_si256(bytes, _mm256_set1_epi8(0x0F))),
        _mm256_shuffle_epi8(upper, half));
}

AVX2 ALWAYS_INLINE __m256i table(const uint8_t row[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)row));
}

AVX2 static size_t skip_avx2(const char *ptr, size_t at, size_t end)
{
    __m256i lower[4], upper[4];

    for (int i = 0; i < 4; i++) {
        lower[i] = table(sets.lower[i]);
        upper[i] = table(sets.upper[i]);
    }
    for (; at < end; at += WIDTH) {
        __m256i here = _mm256_and_si256(sets_of(ptr + at, lower[0], upper[0]),
                                        sets_of(ptr + at + 1, lower[1], upper[1]));
        __m256i next = _mm256_and_si256(sets_of(ptr + at + 2, lower[2], upper[2]),
                                        sets_of(ptr + at + 3, lower[3], upper[3]));
        __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(here, next), _mm256_setzero_si256());
        uint32_t some = ~(uint32_t)_mm256_movemask_epi8(none);
        if (some != 0) {
            return at + (unsigned)__builtin_ctz(some);
        }
    }
    return at;
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

static bool next_with(skip_fn *skip, str text, size_t *at, struct anchor *ret)
{
    size_t safe = text.len < WIDTH + ANCHOR_REACH ? 0 : text.len - WIDTH - ANCHOR_REACH;

    for (size_t i = *at; i < text.len; i++) {
        i = i < safe ? skip(text.ptr, i, safe) : skip_tail(text, i, skip);
        if (i < text.len && exact(text, i, ret)) {
            *at = i + 1;
            return true;
        }
    }
    *at = text.len;
    return false;
}

bool anchor_next(str text, size_t *at, struct anchor *ret)
{
    return next_with(best(), text, at, ret);
}

bool anchor_next_plain(str text, size_t *at, struct anchor *ret)
{
    return next_with(skip_plain, text, at, ret);
}
