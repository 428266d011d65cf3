/* Bounded caches of immutable things, one owner thread each: least recently used leaves first.
 * Entries are counted: one in use (by a request that waits for the writer, say) outlives its
 * place in the cache. */
#ifndef MANTLE_ACCESS_CACHE_H
#define MANTLE_ACCESS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/table.h"

struct cache;

/* Comes first in what is cached; the rest of the thing, and everything it views, is in `arena`,
 * which also holds the entry itself. */
struct cache_entry {
    str key; /* unique in the cache */
    struct arena arena;
    struct cache *cache; /* NULL once it left */
    struct cache_entry *newer, *older;
    unsigned refs; /* the cache's own counts */
    int64_t account;
    const str *depends; /* unique ids whose change makes this stale */
    size_t depend_count;
};

enum { CACHE_FILTER_SLOTS = 4096 };

struct cache {
    struct table table;
    struct cache_entry *newest, *oldest;
    size_t count, count_max;
    size_t bytes, bytes_max;
    void (*leaving)(void *ctx, struct cache_entry *entry); /* may be NULL */
    void *ctx;
    /* How many entries depend on ids of this hash: most changes concern nothing we hold, and are
     * passed over without a walk. */
    uint16_t filter[CACHE_FILTER_SLOTS];
};

void cache_init(struct cache *cache, const uint8_t hash_key[16], size_t count_max,
                size_t bytes_max);
void cache_done(struct cache *cache);

/* A zeroed thing of `size` bytes with an arena of its own; refs is 1 and the caller's. NULL when
 * memory ran out. */
void *cache_entry_new(size_t size, size_t arena_bytes_max);
void cache_entry_ref(struct cache_entry *entry);
void cache_entry_unref(struct cache_entry *entry); /* accepts NULL */

/* NULL when absent; no reference is taken. */
void *cache_get(struct cache *cache, str key);
/* The cache takes a reference of its own, and lets the oldest go to stay within its bounds. An
 * entry of the same key leaves. Without memory the entry simply stays out. */
void cache_put(struct cache *cache, struct cache_entry *entry);
void cache_drop(struct cache *cache, struct cache_entry *entry);
void cache_clear(struct cache *cache);
/* Drops what depends on unique_id; an empty one means everything of the account. */
void cache_evict(struct cache *cache, int64_t account, str unique_id);

#endif
