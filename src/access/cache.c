#include "access/cache.h"

#include <assert.h>

enum { ENTRY_CHUNK = 4096 };

void cache_init(struct cache *cache, const uint8_t hash_key[16], size_t count_max, size_t bytes_max)
{
    *cache = (struct cache){ .count_max = count_max, .bytes_max = bytes_max };
    table_init(&cache->table, &heap, hash_key);
}

void cache_done(struct cache *cache)
{
    cache_clear(cache);
    table_done(&cache->table);
}

void *cache_entry_new(size_t size, size_t arena_bytes_max)
{
    struct arena arena;
    struct cache_entry *entry;

    arena_init(&arena, &heap, ENTRY_CHUNK, arena_bytes_max);
    entry = arena_alloc(&arena, size);
    if (entry == NULL) {
        arena_done(&arena);
        return NULL;
    }
    entry->arena = arena;
    entry->refs = 1;
    return entry;
}

void cache_entry_ref(struct cache_entry *entry)
{
    entry->refs++;
}

void cache_entry_unref(struct cache_entry *entry)
{
    struct arena arena;

    if (entry == NULL || --entry->refs > 0) {
        return;
    }
    assert(entry->cache == NULL);
    arena = entry->arena; /* the entry lies in its own arena */
    arena_done(&arena);
}

static uint16_t *filter_slot(struct cache *cache, str id)
{
    return &cache->filter[str_hash(cache->table.hash_key, id) % CACHE_FILTER_SLOTS];
}

/* Counts stick at their top: such a slot always says "maybe". */
static void filter_add(struct cache *cache, const struct cache_entry *entry)
{
    for (size_t i = 0; i < entry->depend_count; i++) {
        uint16_t *slot = filter_slot(cache, entry->depends[i]);
        *slot = *slot == UINT16_MAX ? *slot : (uint16_t)(*slot + 1);
    }
}

static void filter_remove(struct cache *cache, const struct cache_entry *entry)
{
    for (size_t i = 0; i < entry->depend_count; i++) {
        uint16_t *slot = filter_slot(cache, entry->depends[i]);
        *slot = *slot == UINT16_MAX ? *slot : (uint16_t)(*slot - 1);
    }
}

static void unlink_entry(struct cache *cache, struct cache_entry *entry)
{
    *(entry->newer == NULL ? &cache->newest : &entry->newer->older) = entry->older;
    *(entry->older == NULL ? &cache->oldest : &entry->older->newer) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(struct cache *cache, struct cache_entry *entry)
{
    entry->older = cache->newest;
    entry->newer = NULL;
    *(cache->newest == NULL ? &cache->oldest : &cache->newest->newer) = entry;
    cache->newest = entry;
}

void *cache_get(struct cache *cache, str key)
{
    struct cache_entry *entry = table_get(&cache->table, key);

    if (entry != NULL && entry != cache->newest) {
        unlink_entry(cache, entry);
        link_newest(cache, entry);
    }
    return entry;
}

void cache_drop(struct cache *cache, struct cache_entry *entry)
{
    (void)table_remove(&cache->table, entry->key);
    unlink_entry(cache, entry);
    filter_remove(cache, entry);
    cache->count--;
    cache->bytes -= entry->arena.used_bytes;
    if (cache->leaving != NULL) {
        cache->leaving(cache->ctx, entry);
    }
    entry->cache = NULL;
    cache_entry_unref(entry);
}

void cache_put(struct cache *cache, struct cache_entry *entry)
{
    struct cache_entry *old = table_get(&cache->table, entry->key);

    if (old != NULL) {
        cache_drop(cache, old);
    }
    if (table_set(&cache->table, entry->key, entry, NULL) != RC_OK) {
        return;
    }
    entry->cache = cache;
    cache_entry_ref(entry);
    link_newest(cache, entry);
    filter_add(cache, entry);
    cache->count++;
    cache->bytes += entry->arena.used_bytes;
    while (cache->oldest != entry &&
           (cache->count > cache->count_max || cache->bytes > cache->bytes_max)) {
        cache_drop(cache, cache->oldest);
    }
}

void cache_clear(struct cache *cache)
{
    while (cache->oldest != NULL) {
        cache_drop(cache, cache->oldest);
    }
}

static bool depends_on(const struct cache_entry *entry, str unique_id)
{
    for (size_t i = 0; i < entry->depend_count; i++) {
        if (str_eq(entry->depends[i], unique_id)) {
            return true;
        }
    }
    return false;
}

void cache_evict(struct cache *cache, int64_t account, str unique_id)
{
    if (unique_id.len > 0 && *filter_slot(cache, unique_id) == 0) {
        return;
    }
    for (struct cache_entry *entry = cache->oldest, *next; entry != NULL; entry = next) {
        next = entry->newer;
        if (unique_id.len == 0 ? entry->account == account : depends_on(entry, unique_id)) {
            cache_drop(cache, entry);
        }
    }
}
