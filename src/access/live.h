/* What access/ keeps for itself: one loop's caches and opened tokens. */
#ifndef MANTLE_ACCESS_LIVE_H
#define MANTLE_ACCESS_LIVE_H

#include "access/access.h"
#include "access/cache.h"
#include "store/store.h"
#include "vault/vault.h"

struct live_session {
    struct cache_entry entry; /* first; key is the token */
    struct session session;
    const struct policy_set *policies; /* NULL: the session has none */
    bool broken;                       /* a session policy is gone or unreadable: deny all */
    struct subject_tag *tags;          /* session.tags, with their context keys */
    str arn, user_id;                  /* as in struct caller; absent for SESSION_USER */
};

struct live_key {             /* a long-term access key */
    struct cache_entry entry; /* first; key is the access key id */
    str owner_id;
    bool active;
    str wrapped, about;
    int64_t last_used_s;
};

struct access {
    struct access_config config;
    struct cache subjects, sessions, keys;
    struct table roles; /* role ARN -> struct subject of subjects */
    uint64_t seen;      /* revision up to which the caches are right */
    struct txn *txn;    /* the open snapshot, or NULL */
    uint8_t dummy_key[32];
};

/* The subject of a unique id, from the cache or the store. No reference is taken. RC_NOENT. */
MUST_CHECK enum rc access_subject(struct access *access, str unique_id, const struct subject **ret);

/* The session of a token, from the cache or opened. No reference is taken. RC_SYNTAX, RC_DENIED:
 * not a token of ours for this key id; RC_NOENT: its principal is gone. */
MUST_CHECK enum rc live_session_find(struct access *access, str key_id, str token,
                                     struct live_session **ret);

/* Context keys of a caller's request (section 4 of the rules): present exactly when the table says
 * so. ret_keys is in the arena. */
MUST_CHECK enum rc context_build(const struct caller *caller, const struct call *call,
                                 const struct ask *ask, struct arena *arena,
                                 const struct context_entry **ret_keys, size_t *ret_count);

#endif
