/* A hash table from byte strings to pointers. Keys are views: the caller keeps them alive as long
 * as the entry (usually they stand inside the value). Keyed hash, so strangers cannot pile up
 * collisions. */
#ifndef MANTLE_BASE_TABLE_H
#define MANTLE_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/macros.h"
#include "base/rc.h"
#include "base/str.h"

struct table_slot {
    uint64_t hash; /* 0: free, 1: deleted, else the hash with bit 1 set */
    str key;
    void *value;
};

struct table {
    const struct alloc *alloc;
    struct table_slot *slots;
    size_t count, filled, cap; /* live entries; live + deleted; slots, a power of two */
    uint8_t hash_key[16];
};

/* Takes no memory yet. hash_key: random in a server, fixed in a test. */
void table_init(struct table *table, const struct alloc *alloc, const uint8_t hash_key[16]);
void table_done(struct table *table); /* the values are the caller's */

/* NULL when absent. */
void *table_get(const struct table *table, str key);
/* Replaces; *ret_old (may be NULL) gets what stood there, or NULL. value must not be NULL. */
MUST_CHECK enum rc table_set(struct table *table, str key, void *value, void **ret_old);
/* Returns what stood there, or NULL. */
void *table_remove(struct table *table, str key);
void table_clear(struct table *table);
/* Iterate: start with *at = 0; false at the end. Removing the current entry is allowed. */
bool table_next(const struct table *table, size_t *at, str *ret_key, void **ret_value);

#endif
