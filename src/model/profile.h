/* Instance profiles: a named holder of one role, by which machines find theirs. */
#ifndef MANTLE_MODEL_PROFILE_H
#define MANTLE_MODEL_PROFILE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/rc.h"
#include "model/entity.h"

/* RC_NOENT: it holds none. */
MUST_CHECK enum rc profile_role(struct txn *txn, str profile_id, struct arena *arena,
                                struct entity *ret_role);
/* RC_LIMIT: it holds one already. */
MUST_CHECK enum rc profile_add_role(struct txn *txn, const struct entity *profile,
                                    const struct entity *role);
/* RC_NOENT: it does not hold that role. */
MUST_CHECK enum rc profile_remove_role(struct txn *txn, const struct entity *profile,
                                       const struct entity *role);
/* Those that hold a role. */
MUST_CHECK enum rc profiles_of_role(struct txn *txn, str role_id, struct page *page,
                                    struct arena *arena, struct entity **ret, size_t *ret_count);

#endif
