/* Managed policies: documents with up to five versions, attached by name. */
#ifndef MANTLE_MODEL_MANAGED_POLICY_H
#define MANTLE_MODEL_MANAGED_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct managed_policy {
    struct entity entity;
    str description; /* absent when none */
    int64_t default_version, updated_s;
};
struct policy_version {
    int64_t version;
    str document; /* as submitted */
    int64_t created_s;
    bool is_default;
};

/* Makes the policy with its version 1. RC_EXISTS, RC_LIMIT (PoliciesPerAccount). The caller has
 * parsed the document and checked its size. */
MUST_CHECK enum rc managed_policy_insert(struct txn *txn, const struct env *env,
                                         struct managed_policy *policy, str document,
                                         struct arena *arena);
MUST_CHECK enum rc managed_policy_by_arn(struct txn *txn, str arn, struct arena *arena,
                                         struct managed_policy *ret);
MUST_CHECK enum rc managed_policy_of_entity(struct txn *txn, const struct entity *entity,
                                            struct arena *arena, struct managed_policy *ret);
/* Versions and the row; callers have checked that nothing uses it. */
MUST_CHECK enum rc managed_policy_delete(struct txn *txn, const struct entity *entity);

/* RC_LIMIT: VersionsPerPolicy. */
MUST_CHECK enum rc policy_version_add(struct txn *txn, struct managed_policy *policy, str document,
                                      bool make_default, int64_t now_s, struct arena *arena,
                                      struct policy_version *ret);
MUST_CHECK enum rc policy_version_get(struct txn *txn, const struct managed_policy *policy,
                                      int64_t version, struct arena *arena,
                                      struct policy_version *ret);
/* Newest first, all of them. */
MUST_CHECK enum rc policy_version_list(struct txn *txn, const struct managed_policy *policy,
                                       struct arena *arena, struct policy_version **ret,
                                       size_t *ret_count);
/* RC_NOENT; RC_CONFLICT: it is the default. */
MUST_CHECK enum rc policy_version_delete(struct txn *txn, const struct managed_policy *policy,
                                         int64_t version);
/* RC_NOENT. */
MUST_CHECK enum rc policy_version_set_default(struct txn *txn, struct managed_policy *policy,
                                              int64_t version, int64_t now_s, struct arena *arena);

#endif
