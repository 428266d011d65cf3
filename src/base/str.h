/* Strings as views: a pointer and a length, never a terminator. Requests are full of bytes an
 * attacker chose; a NUL in the middle must be an ordinary byte. */
#ifndef MANTLE_BASE_STR_H
#define MANTLE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "base/rc.h"

/* A view: does not own, is not NUL-terminated. ptr == NULL means "absent"; an empty string that
 * is present has a ptr and len 0. */
typedef struct str {
    const char *ptr;
    size_t len;
} str;

#define STR(lit) ((str){ (lit), sizeof(lit) - 1 })
#define STR_INIT(lit)                                                                              \
    {                                                                                              \
        (lit), sizeof(lit) - 1                                                                     \
    } /* inside static tables: GCC wants a constant */
#define STR_NONE ((str){ NULL, 0 })
#define FMT(s) (int)(s).len, (s).ptr /* printf("%.*s", FMT(name)) */

static inline str str_from(const char *ptr, size_t len)
{
    return (str){ ptr, len };
}

/* A C string of the operating system's; NULL gives the absent string. */
static inline str str_cstr(const char *text)
{
    return text == NULL ? STR_NONE : (str){ text, strlen(text) };
}

static inline bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline char ascii_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c + 32) : c;
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ascii_is_alnum(char c)
{
    return ascii_is_digit(c) || ascii_is_alpha(c);
}

/* 0..15, or something above for what is no hexadecimal digit of either case. */
extern const unsigned char ascii_hex_plus_1[256];
static inline unsigned ascii_hex_value(char c)
{
    return (unsigned)ascii_hex_plus_1[(unsigned char)c] - 1;
}

/* Space, tab, CR, LF. */
static inline bool ascii_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool str_eq_nocase(str a, str b); /* ignoring ASCII case */
int str_cmp(str a, str b);        /* bytewise, shorter first; for sorting */
int str_cmp_nocase(str a, str b); /* the same ignoring ASCII case */
bool str_starts(str s, str prefix);
bool str_starts_nocase(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_find_char(str s, char c, size_t *ret_at);
bool str_find(str haystack, str needle, size_t *ret_at);
size_t str_count(str s, char c); /* how often */
str str_trim(str s);             /* without ASCII white space at both ends */

/* s[from, from+len), cut to what is there. */
str str_slice(str s, size_t from, size_t len);
static inline str str_skip(str s, size_t n)
{
    return str_slice(s, n, s.len);
}

/* "take" steps over a shrinking view: on success *rest loses what was taken.
 * take_until: up to the first `stop`, which is consumed and not returned; false if none. */
bool take_until(str *rest, char stop, str *ret_taken);
bool take_prefix(str *rest, str prefix);
/* Up to `stop` or the end; false only when *rest is empty. For splitting lists. */
bool take_item(str *rest, char stop, str *ret_item);
/* All parts at once, one more than there are `at`. Returns how many; most + 1 when there
 * are more than `most`. */
size_t str_split(str s, char at, str *parts, size_t most);

/* Decimal, the whole of s, no sign for u64, at most one '-' for i64; RC_SYNTAX or RC_LIMIT. */
MUST_CHECK enum rc str_to_u64(str s, uint64_t *ret);
MUST_CHECK enum rc str_to_i64(str s, int64_t *ret);

/* True for well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool str_is_utf8(str s);
/* Takes one code point; false at the end or on malformed bytes. */
bool take_utf8(str *rest, uint32_t *ret_code_point);
/* Writes 1 to 4 bytes; code_point must be a scalar value. */
size_t utf8_encode(uint32_t code_point, char out[4]);

/* SipHash-1-3 of s; `nocase` folds ASCII letters first. For hash tables fed by strangers. */
uint64_t str_hash(const uint8_t key[16], str s);
uint64_t str_hash_nocase(const uint8_t key[16], str s);

#endif
