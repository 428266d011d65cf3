/* Inline policies of users, groups and roles. Documents are kept byte for byte. */
#ifndef MANTLE_MODEL_INLINE_POLICY_H
#define MANTLE_MODEL_INLINE_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct inline_policy {
    str name, document;
};

/* Adds or overwrites; the document has been parsed by the caller. RC_LIMIT when all inline policies
 * of the entity would together be larger than the quota of its kind. */
MUST_CHECK enum rc inline_policy_put(struct txn *txn, const struct entity *entity, str name,
                                     str document, struct arena *arena);
/* RC_NOENT. */
MUST_CHECK enum rc inline_policy_get(struct txn *txn, str entity_id, str name, struct arena *arena,
                                     struct inline_policy *ret);
MUST_CHECK enum rc inline_policy_delete(struct txn *txn, const struct entity *entity, str name,
                                        struct arena *arena);
/* All, sorted by name ignoring case. */
MUST_CHECK enum rc inline_policy_list(struct txn *txn, str entity_id, struct arena *arena,
                                      struct inline_policy **ret, size_t *ret_count);
MUST_CHECK enum rc inline_policy_count(struct txn *txn, str entity_id, struct arena *arena,
                                       int64_t *ret);
/* The quota that bounds them. */
enum quota inline_policy_quota(enum entity_kind kind);

#endif
