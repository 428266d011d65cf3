#include "net/limit.h"

#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"

enum { KINDNESS_MAX = 256 }; /* connections past the limit that still get an answer */

struct address {
    struct limit_key key;
    unsigned count;
};

struct limit {
    pthread_mutex_t lock; /* connections come seldom against requests */
    struct table addresses;
    unsigned total, total_max, per_address_max;
};

struct limit *limit_new(unsigned total_max, unsigned per_address_max, const struct env *env)
{
    struct limit *limit = ALLOC_NEW(&heap, struct limit);
    uint8_t hash_key[16];

    if (limit == NULL || env->random(env, hash_key, sizeof(hash_key)) != RC_OK) {
        alloc_free(&heap, limit, sizeof(*limit));
        return NULL;
    }
    (void)pthread_mutex_init(&limit->lock, NULL);
    table_init(&limit->addresses, &heap, hash_key);
    limit->total_max = total_max;
    limit->per_address_max = per_address_max;
    return limit;
}

void limit_free(struct limit *limit)
{
    size_t at = 0;
    str key;
    void *value;

    if (limit == NULL) {
        return;
    }
    while (table_next(&limit->addresses, &at, &key, &value)) {
        alloc_free(&heap, value, sizeof(struct address));
    }
    table_done(&limit->addresses);
    (void)pthread_mutex_destroy(&limit->lock);
    ALLOC_FREE(&heap, limit);
}

struct limit_key limit_key_of(const struct sockaddr *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    /* 0x04 first: ranges 0000::/8 to 1fff hold no /64 of a stranger's that could collide. */
    struct limit_key key = { { 4 } };

    if (address->sa_family == AF_INET) {
        memcpy(key.bytes + 4, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct in6_addr *six =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (memcmp(six->s6_addr, mapped, sizeof(mapped)) == 0) {
            memcpy(key.bytes + 4, six->s6_addr + 12, 4);
        } else {
            memcpy(key.bytes, six->s6_addr, sizeof(key.bytes));
        }
    }
    return key;
}

static str view(const struct limit_key *key)
{
    return str_from((const char *)key->bytes, sizeof(key->bytes));
}

static struct address *address_of(struct limit *limit, struct limit_key key)
{
    struct address *address = table_get(&limit->addresses, view(&key));

    if (address != NULL) {
        return address;
    }
    address = ALLOC_NEW(&heap, struct address);
    if (address == NULL) {
        return NULL;
    }
    address->key = key;
    if (table_set(&limit->addresses, view(&address->key), address, NULL) != RC_OK) {
        ALLOC_FREE(&heap, address);
        return NULL;
    }
    return address;
}

enum limit_verdict limit_enter(struct limit *limit, struct limit_key key)
{
    enum limit_verdict verdict = LIMIT_CLOSED;
    struct address *address;

    (void)pthread_mutex_lock(&limit->lock);
    if (limit->total < limit->total_max + KINDNESS_MAX) {
        address = address_of(limit, key);
        if (address != NULL && address->count < limit->per_address_max + KINDNESS_MAX) {
            verdict = limit->total >= limit->total_max || address->count >= limit->per_address_max
                          ? LIMIT_FULL
                          : LIMIT_WITHIN;
            limit->total++;
            address->count++;
        }
    }
    (void)pthread_mutex_unlock(&limit->lock);
    return verdict;
}

void limit_leave(struct limit *limit, struct limit_key key)
{
    struct address *address;

    (void)pthread_mutex_lock(&limit->lock);
    address = table_get(&limit->addresses, view(&key));
    if (address != NULL) {
        limit->total--;
        if (--address->count == 0) {
            (void)table_remove(&limit->addresses, view(&key));
            ALLOC_FREE(&heap, address);
        }
    }
    (void)pthread_mutex_unlock(&limit->lock);
}
