/* Signing keys of one thread: bounded, found by everything they depend on, compared in full. A
 * name is never hashed down to what is compared: a collision would be somebody else's key. */
#include <sodium.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "vault/inside.h"

enum {
    WAYS = 4,
    ROWS = 512,
    SLOTS = WAYS * ROWS,
    NAME_BYTES_MAX = 8192, /* longer ones are derived each time */
    TAIL_BYTES = 24,       /* of each part go into the hash: ids and tags stand at the end */
};

struct slot {
    uint64_t hash, vault_serial, epoch;
    uint64_t used; /* when last: the cache's own clock; 0: free */
    enum vault_set set;
    uint32_t lens[KEY_NAME_PARTS];
    char *name; /* the parts, one after the other */
    size_t name_bytes;
};

struct key_cache {
    struct hmac_key *keys; /* SLOTS of them, guarded; keys[i] belongs to slots[i] */
    uint8_t hash_key[16];
    uint64_t clock;
    struct slot slots[SLOTS];
};

struct key_cache *key_cache_new(const struct env *env)
{
    struct key_cache *cache = ALLOC_NEW(&heap, struct key_cache);

    if (cache == NULL) {
        return NULL;
    }
    cache->keys = sodium_allocarray(SLOTS, sizeof(struct hmac_key));
    if (cache->keys == NULL ||
        env->random(env, cache->hash_key, sizeof(cache->hash_key)) != RC_OK) {
        key_cache_free(cache);
        return NULL;
    }
    return cache;
}

static void slot_clear(struct key_cache *cache, struct slot *slot)
{
    wipe(&cache->keys[slot - cache->slots], sizeof(struct hmac_key));
    if (slot->name != NULL) {
        wipe(slot->name, slot->name_bytes); /* holds session tokens */
        alloc_free(&heap, slot->name, slot->name_bytes);
    }
    memset(slot, 0, sizeof(*slot));
}

void key_cache_free(struct key_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; cache->keys != NULL && i < SLOTS; i++) {
        slot_clear(cache, &cache->slots[i]);
    }
    sodium_free(cache->keys);
    ALLOC_FREE(&heap, cache);
}

/* Only to find the row: taking the tails keeps a long token cheap. */
static uint64_t name_hash(const struct key_cache *cache, const struct key_name *name)
{
    char tails[KEY_NAME_PARTS * TAIL_BYTES];
    size_t len = 0;

    for (size_t i = 0; i < KEY_NAME_PARTS; i++) {
        str part = name->parts[i];
        size_t take = part.len < TAIL_BYTES ? part.len : TAIL_BYTES;

        if (take > 0) {
            memcpy(tails + len, part.ptr + part.len - take, take);
            len += take;
        }
    }
    return str_hash(cache->hash_key, str_from(tails, len));
}

static bool name_fits(const struct slot *slot, const struct key_name *name)
{
    const char *at = slot->name;

    if (slot->set != name->set) {
        return false;
    }
    for (size_t i = 0; i < KEY_NAME_PARTS; i++) {
        if (slot->lens[i] != name->parts[i].len) {
            return false;
        }
    }
    for (size_t i = 0; i < KEY_NAME_PARTS; i++) {
        if (slot->lens[i] > 0 && memcmp(at, name->parts[i].ptr, slot->lens[i]) != 0) {
            return false;
        }
        at += slot->lens[i];
    }
    return true;
}

bool key_cache_get(struct key_cache *cache, const struct vault *vault, const struct key_name *name,
                   struct hmac_key *ret)
{
    uint64_t hash = name_hash(cache, name);
    struct slot *row = &cache->slots[hash % ROWS * WAYS];

    for (struct slot *slot = row; slot < row + WAYS; slot++) {
        if (slot->used == 0 || slot->hash != hash || slot->vault_serial != vault->serial ||
            !name_fits(slot, name)) {
            continue;
        }
        if (slot->epoch != atomic_load_explicit(&vault->epoch, memory_order_acquire)) {
            slot_clear(cache, slot);
            return false;
        }
        slot->used = ++cache->clock;
        *ret = cache->keys[slot - cache->slots];
        return true;
    }
    return false;
}

static struct slot *slot_to_fill(struct slot *row)
{
    struct slot *oldest = row;

    for (struct slot *slot = row; slot < row + WAYS; slot++) {
        if (slot->used < oldest->used) {
            oldest = slot;
        }
    }
    return oldest;
}

void key_cache_put(struct key_cache *cache, const struct vault *vault, uint64_t epoch,
                   const struct key_name *name, const struct hmac_key *key)
{
    uint64_t hash = name_hash(cache, name);
    struct slot *slot = slot_to_fill(&cache->slots[hash % ROWS * WAYS]);
    size_t bytes = 0;
    char *at;

    slot_clear(cache, slot);
    for (size_t i = 0; i < KEY_NAME_PARTS; i++) {
        if (name->parts[i].len > NAME_BYTES_MAX - bytes) {
            return;
        }
        slot->lens[i] = (uint32_t)name->parts[i].len;
        bytes += name->parts[i].len;
    }
    at = alloc_new(&heap, bytes);
    if (at == NULL) {
        return; /* a cache may forget */
    }
    slot->name = at;
    slot->name_bytes = bytes;
    for (size_t i = 0; i < KEY_NAME_PARTS; i++) {
        if (name->parts[i].len > 0) {
            memcpy(at, name->parts[i].ptr, name->parts[i].len);
            at += name->parts[i].len;
        }
    }
    slot->hash = hash;
    slot->vault_serial = vault->serial;
    slot->epoch = epoch;
    slot->set = name->set;
    slot->used = ++cache->clock;
    cache->keys[slot - cache->slots] = *key;
}
