/* Quotas: AWS's names and defaults, adjustable per account up to what Mantle can bear. */
#ifndef MANTLE_MODEL_QUOTA_H
#define MANTLE_MODEL_QUOTA_H

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

struct txn;

enum quota {
    QUOTA_USERS,
    QUOTA_GROUPS,
    QUOTA_ROLES,
    QUOTA_POLICIES,
    QUOTA_PROFILES,
    QUOTA_POLICIES_PER_USER,
    QUOTA_POLICIES_PER_GROUP,
    QUOTA_POLICIES_PER_ROLE,
    QUOTA_GROUPS_PER_USER,
    QUOTA_KEYS_PER_USER,
    QUOTA_VERSIONS_PER_POLICY,
    QUOTA_SERVER_CERTIFICATES,
    QUOTA_SAML_PROVIDERS,
    QUOTA_SIGNING_CERTIFICATES, /* per user */
    QUOTA_SSH_KEYS,             /* per user */
    QUOTA_SERVICE_CREDENTIALS,  /* per user and service */
    QUOTA_ROLES_PER_PROFILE,
    QUOTA_POLICY_SIZE,       /* characters of a managed policy, white space not counted */
    QUOTA_TRUST_SIZE,        /* of a role's trust policy */
    QUOTA_INLINE_USER_SIZE,  /* of all inline policies together */
    QUOTA_INLINE_GROUP_SIZE, /* the same of a group */
    QUOTA_INLINE_ROLE_SIZE,  /* the same of a role */
    QUOTA_OIDC_PROVIDERS,
    QUOTA_OIDC_CLIENTS, /* client ids of one provider */
    QUOTA_COUNT,
};

struct quota_info {
    str name; /* AWS's internal one: "UsersPerAccount", as refusals print it */
    int64_t value, max;
};
extern const struct quota_info quotas[QUOTA_COUNT];

/* What holds for the account: its own value or the default. */
MUST_CHECK enum rc quota_get(struct txn *txn, int64_t account, enum quota quota, int64_t *ret);
/* RC_NOENT: no quota of that name; RC_LIMIT: below 0 or above the max. */
MUST_CHECK enum rc quota_set(struct txn *txn, int64_t account, str name, int64_t value);
/* RC_LIMIT when one more than `used` would exceed the quota. */
MUST_CHECK enum rc quota_admit(struct txn *txn, int64_t account, enum quota quota, int64_t used);

/* Numbers kept beside the rows they count: a quota check never counts a table. `what` is an
 * entity_kind_counter() or a policy's unique id (see schema). */
MUST_CHECK enum rc counter_get(struct txn *txn, int64_t account, str what, int64_t *ret);
MUST_CHECK enum rc counter_add(struct txn *txn, int64_t account, str what, int64_t delta);

#endif
