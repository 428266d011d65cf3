/* What the files of vault/ share. Inside vault/ only. */
#ifndef MANTLE_VAULT_INSIDE_H
#define MANTLE_VAULT_INSIDE_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/env.h"
#include "token/capsule.h"
#include "vault/keyset.h"
#include "vault/vault.h"

struct vault {
    const struct env *env;
    const char *dir; /* DIR/keys; NULL: in memory only */
    size_t dir_size; /* allocated */
    uint64_t serial; /* tells vaults apart in the caches of threads; never used twice */
    EVP_CIPHER *gcm;
    /* Readers take the pointer and go on; who replaces it holds `lock` and keeps the old set. */
    _Atomic(struct keyset *) sets[SETS];
    bool from_credential[SETS];
    atomic_bool locked;         /* all key memory is kept from swap */
    atomic_uint_fast64_t epoch; /* raised when keys went away: caches of before are void */
    pthread_mutex_t lock;       /* one rotation or reload at a time */
};

static inline const struct keyset *vault_keys(struct vault *vault, enum vault_set set)
{
    return atomic_load_explicit(&vault->sets[set], memory_order_acquire);
}

/* ---- capsules of a vault's keys (capsule.c); their format is token/capsule.h's ---- */

/* out: plain.len + CAPSULE_EXTRA_BYTES. */
MUST_CHECK enum rc capsule_seal(struct vault *vault, enum vault_set set, str about, str plain,
                                uint8_t *out);
/* out: capsule.len - CAPSULE_EXTRA_BYTES; holds nothing on failure. RC_SYNTAX: never was ours. */
MUST_CHECK enum rc capsule_open(struct vault *vault, enum vault_set set, str about, str capsule,
                                uint8_t *out);
/* The key a capsule says it was sealed with, unverified: RC_SYNTAX, or RC_DENIED if unknown. */
MUST_CHECK enum rc capsule_key(struct vault *vault, enum vault_set set, str capsule,
                               const struct sealing_key **ret);

/* ---- one thread's own (thread.c): cipher contexts and the cache of signing keys ---- */

enum { CIPHER_SLOTS = 8 };

struct cipher_slot { /* a context whose key schedule is done */
    uint64_t vault_serial;
    uint32_t key_id;
    enum vault_set set;
    EVP_CIPHER_CTX *ctx;
};

struct vault_thread {
    struct cipher_slot ciphers[CIPHER_SLOTS];
    unsigned next_cipher; /* to be replaced */
    struct key_cache *cache;
};

/* Made on first use; NULL without memory. */
struct vault_thread *vault_thread(void);

/* ---- the cache of signing keys (cache.c) ---- */

enum { KEY_NAME_PARTS = 5 };

struct key_name {
    enum vault_set set;        /* master: long-lived keys; token: temporary ones */
    str parts[KEY_NAME_PARTS]; /* about, wrapped secret or session token, date, region, service */
};

struct key_cache *key_cache_new(const struct env *env); /* NULL without memory */
void key_cache_free(struct key_cache *cache);           /* wipes; accepts NULL */
bool key_cache_get(struct key_cache *cache, const struct vault *vault, const struct key_name *name,
                   struct hmac_key *ret);
/* May forget another key, or not keep this one. epoch: the vault's, read before deriving. */
void key_cache_put(struct key_cache *cache, const struct vault *vault, uint64_t epoch,
                   const struct key_name *name, const struct hmac_key *key);

#endif
