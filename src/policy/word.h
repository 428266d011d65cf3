/* Eight bytes of text at a time; for the loops a decision always takes. The first byte of the text is
 * the lowest of the word, on every machine. */
#ifndef MANTLE_POLICY_WORD_H
#define MANTLE_POLICY_WORD_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_ONES UINT64_C(0x0101010101010101)

static inline uint64_t word_load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return le64toh(word);
}

/* n < 8 bytes, and zeros. */
static inline uint64_t word_tail(const char *at, size_t n)
{
    uint64_t word = 0;

    memcpy(&word, at, n & 7);
    return le64toh(word);
}

/* Folds the upper-case ASCII letters: bit 7 of a byte tells whether it lies in 'A'..'Z', and shifted
 * to bit 5 makes it lower case. */
static inline uint64_t word_fold(uint64_t word)
{
    uint64_t low = word & (WORD_ONES * 0x7F);
    uint64_t from_a = low + WORD_ONES * (0x80 - 'A'), past_z = low + WORD_ONES * (0x80 - 'Z' - 1);
    uint64_t upper = (from_a ^ past_z) & ~word & (WORD_ONES * 0x80);

    return word | (upper >> 2);
}

/* Bit 7 of each byte that is a colon. Exact: no byte borrows from the next. */
static inline uint64_t word_colons(uint64_t word)
{
    const uint64_t low = WORD_ONES * 0x7F;
    uint64_t other = word ^ (WORD_ONES * ':');

    return ~(((other & low) + low) | other | low);
}

/* Which byte the lowest set bit is in. */
static inline size_t word_first(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits) / 8;
}

/* The first n < 8 bytes. */
static inline uint64_t word_start(uint64_t word, size_t n)
{
    return word & ((UINT64_C(1) << (8 * n)) - 1);
}

/* Hashes of actions: word after word, from the length on. */
static inline uint64_t word_hash(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ (hash >> 32);
}

#endif
