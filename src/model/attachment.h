/* Managed policies attached to users, groups and roles, and permissions boundaries. */
#ifndef MANTLE_MODEL_ATTACHMENT_H
#define MANTLE_MODEL_ATTACHMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

/* Attaching twice is no error and changes nothing. RC_LIMIT: the quota of the entity's kind. */
MUST_CHECK enum rc attachment_add(struct txn *txn, const struct entity *entity,
                                  const struct entity *policy, struct arena *arena);
/* RC_NOENT when it is not attached. */
MUST_CHECK enum rc attachment_remove(struct txn *txn, const struct entity *entity,
                                     const struct entity *policy);
/* The policies attached to an entity, sorted by name ignoring case. */
MUST_CHECK enum rc attachment_list(struct txn *txn, str entity_id, struct arena *arena,
                                   struct entity **ret, size_t *ret_count);
MUST_CHECK enum rc attachment_count(struct txn *txn, str entity_id, struct arena *arena,
                                    int64_t *ret);
/* The quota that bounds them. */
enum quota attachment_quota(enum entity_kind kind);

struct attached_document {
    struct entity policy; /* id, account, name and path */
    str document;         /* the default version's */
};
/* What the attached policies say now, for access/. RC_CORRUPT when one of them is not there: it might
 * be the one that denies. */
MUST_CHECK enum rc attachment_documents(struct txn *txn, str entity_id, struct arena *arena,
                                        struct attached_document **ret, size_t *ret_count);

/* The entities of one kind, in one account, that a policy is attached to or is the boundary of. */
enum policy_usage { USAGE_ATTACHED, USAGE_BOUNDARY };
MUST_CHECK enum rc policy_entities(struct txn *txn, str policy_id, enum policy_usage usage,
                                   int64_t account, enum entity_kind kind, struct page *page,
                                   struct arena *arena, struct entity **ret, size_t *ret_count);
/* How many of all kinds; AWS's own policies count per account. */
MUST_CHECK enum rc policy_usage_count(struct txn *txn, str policy_id, enum policy_usage usage,
                                      int64_t account, struct arena *arena, int64_t *ret);

/* Users and roles only. policy NULL: none. entity->boundary_id follows. */
MUST_CHECK enum rc boundary_set(struct txn *txn, struct entity *entity, const struct entity *policy,
                                struct arena *arena);

#endif
