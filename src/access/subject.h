/* A subject: one principal's permissions, compiled: identity policies through its groups, boundary,
 * tags; for a role also who may assume it. Immutable, counted, cached per loop by unique id. */
#ifndef MANTLE_ACCESS_SUBJECT_H
#define MANTLE_ACCESS_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/cache.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"
#include "policy/policy.h"

struct txn;

enum subject_kind { SUBJECT_ROOT, SUBJECT_USER, SUBJECT_ROLE };

struct subject_tag {
    str key, value;
    str context_key; /* "aws:PrincipalTag/" and the key */
};

struct subject {
    struct cache_entry entry; /* first; key is unique_id */
    enum subject_kind kind;
    str unique_id; /* the twelve digits for root */
    int64_t account;
    str account_text;
    str name; /* absent for root */
    str arn;  /* with path */
    const struct policy_set *identity, *boundary;
    /* A stored document that no longer parses, or a boundary that is gone: everything is denied,
     * since what it would have denied is unknown. */
    bool broken;
    bool service_linked;
    str org_id, org_path; /* of the account's organization; absent when it is in none */
    struct subject_tag *tags;
    size_t tag_count;

    /* roles */
    const struct policy_set *trust; /* NULL when it does not parse: nobody may assume it */
    int64_t max_session_s;
    int64_t last_used_s; /* as far as this loop knows: the one thing that changes */
};

enum { SUBJECT_BYTES_MAX = 4 * 1024 * 1024 };

/* Reads and compiles, in the snapshot of txn. RC_NOENT: there is no such principal, or it is of a
 * kind that cannot call. The caller holds the one reference. */
MUST_CHECK enum rc subject_load(struct txn *txn, str unique_id, str partition,
                                struct subject **ret);

static inline void subject_unref(const struct subject *subject)
{
    if (subject != NULL) {
        cache_entry_unref(&((struct subject *)subject)->entry);
    }
}

/* The compiled set of managed policies by unique id and an inline document: session policies.
 * RC_NOENT when a managed policy is gone, RC_SYNTAX when a document does not parse. */
MUST_CHECK enum rc session_policies_compile(struct txn *txn, str inline_policy,
                                            const str *policy_ids, size_t policy_id_count,
                                            struct arena *arena, const struct policy_set **ret);

#endif
