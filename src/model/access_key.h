/* Long-lived access keys of users and roots. The secret is kept wrapped and shown once. */
#ifndef MANTLE_MODEL_ACCESS_KEY_H
#define MANTLE_MODEL_ACCESS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct vault;

struct access_key {
    str id;
    int64_t account;
    str owner_id; /* unique id of the user; the twelve digits for root */
    bool active;
    int64_t created_s;
    int64_t last_used_s; /* 0: never */
    str last_used_service, last_used_region;
};

/* Whose: a user's unique id, or the account's twelve digits for its root.
 * RC_LIMIT: AccessKeysPerUser. */
MUST_CHECK enum rc access_key_create(struct txn *txn, const struct env *env, struct vault *vault,
                                     int64_t account, str owner_id, int64_t now_s,
                                     struct arena *arena, struct access_key *ret, str *ret_secret);
/* The same with a given id and secret, without a quota: bootstrap. RC_EXISTS. */
MUST_CHECK enum rc access_key_import(struct txn *txn, struct vault *vault, int64_t account,
                                     str owner_id, int64_t now_s, str id, str secret,
                                     struct arena *arena);
MUST_CHECK enum rc access_key_get(struct txn *txn, str id, struct arena *arena,
                                  struct access_key *ret);
/* Sorted by age. */
MUST_CHECK enum rc access_key_list(struct txn *txn, str owner_id, struct arena *arena,
                                   struct access_key **ret, size_t *ret_count);
MUST_CHECK enum rc access_key_count(struct txn *txn, str owner_id, struct arena *arena,
                                    int64_t *ret);
MUST_CHECK enum rc access_key_set_active(struct txn *txn, const struct access_key *key,
                                         bool active);
MUST_CHECK enum rc access_key_delete(struct txn *txn, const struct access_key *key);

/* Everything authentication needs, in one look-up. RC_NOENT: no such key, or its owner is gone. */
struct access_key_auth {
    int64_t account;
    str owner_id;
    bool is_root;
    bool active;
    str wrapped;         /* for vault_signing_key, with access_key_about() */
    int64_t last_used_s; /* 0: never */
    struct entity owner; /* the user; zeroed for root */
};
MUST_CHECK enum rc access_key_for_auth(struct txn *txn, str id, struct arena *arena,
                                       struct access_key_auth *ret);
/* What binds a wrapped secret to its row: account and id. */
str access_key_about(int64_t account, str id, struct arena *arena);

enum { ACCESS_KEY_USE_GRANULARITY_S = 900 };
/* Is a use at now_s worth a write? Last use is kept to the quarter of an hour, as AWS does. */
static inline bool access_key_use_is_news(int64_t last_used_s, int64_t now_s)
{
    return now_s - last_used_s >= ACCESS_KEY_USE_GRANULARITY_S;
}
/* Only for callers whose signature was verified. Does nothing when it is no news or the key is
 * gone. */
MUST_CHECK enum rc access_key_used(struct txn *txn, str id, int64_t now_s, str service, str region,
                                   struct arena *arena);

#endif
