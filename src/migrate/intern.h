/* Strings by number: each distinct one is kept once, and is a small integer from then on. */
#ifndef MANTLE_MIGRATE_INTERN_H
#define MANTLE_MIGRATE_INTERN_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

#define INTERN_NONE UINT32_MAX

struct intern_slot;
struct intern {
    struct arena *arena; /* of the strings */
    uint64_t seed;
    str *items; /* by number */
    uint32_t count, room;
    struct intern_slot *slots;
    size_t slot_count; /* a power of two */
};

void intern_init(struct intern *intern, struct arena *arena, uint64_t seed);
void intern_done(struct intern *intern);
/* The number of s; INTERN_NONE when memory ran out. */
uint32_t intern_add(struct intern *intern, str s);
/* INTERN_NONE: not there. */
uint32_t intern_find(const struct intern *intern, str s);
static inline str intern_str(const struct intern *intern, uint32_t number)
{
    return number < intern->count ? intern->items[number] : STR_NONE;
}

/* From 64-bit keys to 32-bit values; key 0 must not be used. The same growth, no strings. */
struct pairs {
    struct pair {
        uint64_t key;
        uint32_t value, extra;
    } * items;
    size_t count, room; /* room: a power of two */
};
void pairs_done(struct pairs *pairs);
/* The entry of a key, made zeroed when it was not there; NULL when memory ran out. The pointer is good
 * until the next pairs_at. */
struct pair *pairs_at(struct pairs *pairs, uint64_t key);
struct pair *pairs_find(const struct pairs *pairs, uint64_t key);
/* Fetches, while the caller does something else, the memory that a look for the key will need. */
void pairs_fetch(const struct pairs *pairs, uint64_t key);

#endif
