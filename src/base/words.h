/* Text eight bytes at a time, by ordinary arithmetic. */
#ifndef MANTLE_BASE_WORDS_H
#define MANTLE_BASE_WORDS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS (0x80 * EACH_BYTE)

static inline uint64_t load8(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* The byte at the lowest address lowest. */
static inline uint64_t load8_in_order(const char *at)
{
    return le64toh(load8(at));
}

/* Short pieces of text, without a call. */
static inline void copy_up_to_16(char *to, const char *from, size_t len)
{
    if (len >= 8) { /* the first and the last eight; they may overlap */
        uint64_t last = load8(from + len - 8);

        memcpy(to, from, 8);
        memcpy(to + len - 8, &last, 8);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        to[i] = from[i];
    }
}

/* Of a text of 4 to 8 bytes the first and the last four: all of it, some twice. */
static inline uint64_t load4_twice(const char *at, size_t len)
{
    uint32_t first, last;

    memcpy(&first, at, sizeof(first));
    memcpy(&last, at + len - sizeof(last), sizeof(last));
    return (uint64_t)first << 32 | last;
}

/* memcmp(a, b, len) == 0 for 8 to 16 bytes, without a call. */
static inline bool same_8_to_16(const char *a, const char *b, size_t len)
{
    return load8(a) == load8(b) && load8(a + len - 8) == load8(b + len - 8);
}

/* Capitals turned into small letters. Adding 0x80 - 'A' sets bit 7 from 'A' on; adding 0x7f - 'Z',
 * after 'Z'; a quarter of that bit is the bit that tells the cases apart. Bytes over 127 are left
 * alone. */
static inline uint64_t lower8(uint64_t word)
{
    uint64_t low = word & ~HIGH_BITS;

    return word | (((low + (0x80 - 'A') * EACH_BYTE) ^ (low + (0x7f - 'Z') * EACH_BYTE)) & ~word &
                   HIGH_BITS) >>
                      2;
}

/* Eight bytes in order of address, if all are decimal digits, as four numbers of two digits: the
 * first in bits 0 to 7, the others in bits 16, 32, 48 on. */
static inline bool two_digits_four_times(uint64_t word, uint64_t *ret)
{
    const uint64_t high = 0xf0 * EACH_BYTE, digit = 0x30 * EACH_BYTE;
    uint64_t value = word - digit;

    *ret = (10 * value + (value >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    return (word & high) == digit && ((word + 0x06 * EACH_BYTE) & high) == digit;
}

#endif
