/* Hashing for the tables that every record of a trail goes through. Seeded at random, so that whoever
 * chooses the strings (user agents, names) cannot choose which ones collide. */
#ifndef MANTLE_MIGRATE_QUICK_H
#define MANTLE_MIGRATE_QUICK_H

#include <stdint.h>
#include <string.h>

#include "base/str.h"

__extension__ typedef unsigned __int128 quick_wide;

static inline uint64_t quick_mix(uint64_t a, uint64_t b)
{
    quick_wide product = (quick_wide)(a ^ UINT64_C(0x9E3779B97F4A7C15)) *
                         (b ^ UINT64_C(0xD6E8FEB86659FD93));

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t quick_load(const char *at, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, at, len);
    return word;
}

static inline uint64_t quick_hash(uint64_t seed, str s)
{
    uint64_t h = quick_mix(seed, s.len);
    const char *at = s.ptr;
    size_t left = s.len;

    for (; left > 16; left -= 16, at += 16) {
        h = quick_mix(quick_load(at, 8) ^ h, quick_load(at + 8, 8) + seed);
    }
    if (left > 8) {
        h = quick_mix(quick_load(at, 8) ^ h, quick_load(at + left - 8, 8) + seed);
    } else if (left >= 4) {
        h = quick_mix(quick_load(at, 4) ^ h, quick_load(at + left - 4, 4) + seed);
    } else if (left > 0) {
        uint64_t three = (uint64_t)(uint8_t)at[0] << 16 | (uint64_t)(uint8_t)at[left / 2] << 8 |
                         (uint8_t)at[left - 1];
        h = quick_mix(three ^ h, left + seed);
    }
    return h;
}

#endif
