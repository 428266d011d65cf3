/* Which users are in which groups. */
#ifndef MANTLE_MODEL_MEMBERSHIP_H
#define MANTLE_MODEL_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "model/entity.h"

/* Adding twice is no error and changes nothing. RC_LIMIT: GroupsPerUser. */
MUST_CHECK enum rc membership_add(struct txn *txn, const struct entity *group,
                                  const struct entity *user, struct arena *arena);
/* RC_NOENT. */
MUST_CHECK enum rc membership_remove(struct txn *txn, const struct entity *group,
                                     const struct entity *user);
/* Sorted by name ignoring case. */
MUST_CHECK enum rc membership_groups(struct txn *txn, str user_id, struct arena *arena,
                                     struct entity **ret, size_t *ret_count);
MUST_CHECK enum rc membership_users(struct txn *txn, str group_id, struct page *page,
                                    struct arena *arena, struct entity **ret, size_t *ret_count);
MUST_CHECK enum rc membership_group_count(struct txn *txn, str user_id, struct arena *arena,
                                          int64_t *ret);

#endif
