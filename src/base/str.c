#include "base/str.h"

#include "base/words.h"

const unsigned char ascii_hex_plus_1[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool eq_nocase8(const char *a, const char *b)
{
    uint64_t x = load8(a), y = load8(b);

    return x == y || lower8(x) == lower8(y);
}

bool str_eq_nocase(str a, str b)
{
    if (a.len != b.len) {
        return false;
    }
    if (a.len >= 8) { /* the last eight may overlap the ones before */
        for (size_t at = 0; at < a.len - 8; at += 8) {
            if (!eq_nocase8(a.ptr + at, b.ptr + at)) {
                return false;
            }
        }
        return eq_nocase8(a.ptr + a.len - 8, b.ptr + a.len - 8);
    }
    for (size_t at = 0; at < a.len; at++) {
        if (ascii_lower(a.ptr[at]) != ascii_lower(b.ptr[at])) {
            return false;
        }
    }
    return true;
}

int str_cmp(str a, str b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both == 0 ? 0 : memcmp(a.ptr, b.ptr, both);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int str_cmp_nocase(str a, str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        unsigned char x = (unsigned char)ascii_lower(a.ptr[i]);
        unsigned char y = (unsigned char)ascii_lower(b.ptr[i]);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(str s, str prefix)
{
    return s.len >= prefix.len && str_eq(str_from(s.ptr, prefix.len), prefix);
}

bool str_starts_nocase(str s, str prefix)
{
    return s.len >= prefix.len && str_eq_nocase(str_from(s.ptr, prefix.len), prefix);
}

bool str_ends(str s, str suffix)
{
    return s.len >= suffix.len && str_eq(str_skip(s, s.len - suffix.len), suffix);
}

bool str_find_char(str s, char c, size_t *ret_at)
{
    const char *hit = s.len == 0 ? NULL : memchr(s.ptr, c, s.len);

    if (hit == NULL) {
        return false;
    }
    *ret_at = (size_t)(hit - s.ptr);
    return true;
}

size_t str_count(str s, char c)
{
    size_t count = 0;

    for (size_t i = 0; i < s.len; i++) {
        count += s.ptr[i] == c;
    }
    return count;
}

bool str_find(str haystack, str needle, size_t *ret_at)
{
    const char *hit;

    if (needle.len == 0) { /* what is empty may have no pointer */
        *ret_at = 0;
        return true;
    }
    hit = needle.len > haystack.len ? NULL
                                    : memmem(haystack.ptr, haystack.len, needle.ptr, needle.len);
    if (hit != NULL) {
        *ret_at = (size_t)(hit - haystack.ptr);
    }
    return hit != NULL;
}

str str_trim(str s)
{
    while (s.len > 0 && ascii_is_space(s.ptr[0])) {
        s = str_skip(s, 1);
    }
    while (s.len > 0 && ascii_is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

str str_slice(str s, size_t from, size_t len)
{
    if (s.ptr == NULL) {
        return s;
    }
    if (from > s.len) {
        from = s.len;
    }
    if (len > s.len - from) {
        len = s.len - from;
    }
    return str_from(s.ptr + from, len);
}

bool take_until(str *rest, char stop, str *ret_taken)
{
    size_t at;

    if (!str_find_char(*rest, stop, &at)) {
        return false;
    }
    *ret_taken = str_slice(*rest, 0, at);
    *rest = str_skip(*rest, at + 1);
    return true;
}

bool take_prefix(str *rest, str prefix)
{
    if (!str_starts(*rest, prefix)) {
        return false;
    }
    *rest = str_skip(*rest, prefix.len);
    return true;
}

bool take_item(str *rest, char stop, str *ret_item)
{
    if (rest->len == 0) {
        return false;
    }
    if (!take_until(rest, stop, ret_item)) {
        *ret_item = *rest;
        *rest = str_skip(*rest, rest->len);
    }
    return true;
}

size_t str_split(str s, char at, str *parts, size_t most)
{
    const char *from = s.ptr, *end = s.ptr + s.len;

    for (size_t count = 0; count < most; count++) {
        const char *stop = from == end ? NULL : memchr(from, at, (size_t)(end - from));
        if (stop == NULL) {
            parts[count] = str_from(from, (size_t)(end - from));
            return count + 1;
        }
        parts[count] = str_from(from, (size_t)(stop - from));
        from = stop + 1;
    }
    return most + 1;
}

enum rc str_to_u64(str s, uint64_t *ret)
{
    uint64_t n = 0;

    if (s.len == 0) {
        return RC_SYNTAX;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i])) {
            return RC_SYNTAX;
        }
    }
    for (size_t i = 0; i < s.len; i++) {
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (n > (UINT64_MAX - digit) / 10) {
            return RC_LIMIT;
        }
        n = n * 10 + digit;
    }
    *ret = n;
    return RC_OK;
}

enum rc str_to_i64(str s, int64_t *ret)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t n;

    TRY(str_to_u64(negative ? str_skip(s, 1) : s, &n));
    if (n > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return RC_LIMIT;
    }
    *ret = negative ? (int64_t)(0 - n) : (int64_t)n;
    return RC_OK;
}

bool take_utf8(str *rest, uint32_t *ret_code_point)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char first;
    size_t len;
    uint32_t code;

    if (rest->len == 0) {
        return false;
    }
    first = (unsigned char)rest->ptr[0];
    len = first < 0x80         ? 1
          : (first >> 5) == 6  ? 2
          : (first >> 4) == 14 ? 3
          : (first >> 3) == 30 ? 4
                               : 0;
    if (len == 0 || len > rest->len) {
        return false;
    }
    code = len == 1 ? first : first & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)rest->ptr[i];
        if ((next & 0xC0) != 0x80) {
            return false;
        }
        code = (code << 6) | (next & 0x3Fu);
    }
    if (code < least[len] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return false;
    }
    *ret_code_point = code;
    *rest = str_skip(*rest, len);
    return true;
}

bool str_is_utf8(str s)
{
    uint32_t code;

    while (s.len > 0) {
        if (!take_utf8(&s, &code)) {
            return false;
        }
    }
    return true;
}

size_t utf8_encode(uint32_t code, char out[4])
{
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

    for (size_t i = len; i-- > 1;) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(len == 1 ? code : lead[len] | code);
    return len;
}

/* SipHash (Aumasson and Bernstein), one compression and three finalization rounds. */
static uint64_t rotl(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

static uint64_t load(const char *bytes, size_t len, bool fold)
{
    uint64_t word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (!fold && len == 8) {
        memcpy(&word, bytes, 8);
        return word;
    }
#endif
    for (size_t i = 0; i < len; i++) {
        char c = fold ? ascii_lower(bytes[i]) : bytes[i];
        word |= (uint64_t)(unsigned char)c << (8 * i);
    }
    return word;
}

static uint64_t siphash(const uint8_t key[16], str s, bool fold)
{
    uint64_t k0 = load((const char *)key, 8, false), k1 = load((const char *)key + 8, 8, false);
    uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
                      k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
    uint64_t last = (uint64_t)s.len << 56;

    for (; s.len >= 8; s = str_skip(s, 8)) {
        uint64_t word = load(s.ptr, 8, fold);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    last |= load(s.ptr, s.len, fold);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xFF;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t str_hash(const uint8_t key[16], str s)
{
    return siphash(key, s, false);
}

uint64_t str_hash_nocase(const uint8_t key[16], str s)
{
    return siphash(key, s, true);
}
