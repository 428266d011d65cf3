/* Roles: identities without credentials of their own, assumed under a trust policy. */
#ifndef MANTLE_MODEL_ROLE_H
#define MANTLE_MODEL_ROLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"
#include "model/trust.h"

enum { ROLE_SESSION_S_MIN = 3600, ROLE_SESSION_S_MAX = 43200 };

struct role {
    struct entity entity;
    str trust;       /* as submitted */
    str description; /* absent when none */
    int64_t max_session_s;
    int64_t last_used_s; /* 0: never */
    str last_used_region;
};

/* Inserts role->entity (kind, account, name, path set by the caller) and the role. RC_EXISTS,
 * RC_LIMIT (RolesPerAccount). */
MUST_CHECK enum rc role_insert(struct txn *txn, const struct env *env, struct role *role,
                               const struct trust *trust, struct arena *arena);
MUST_CHECK enum rc role_by_name(struct txn *txn, int64_t account, str name, struct arena *arena,
                                struct role *ret);
/* Fills all but the entity, which is given. */
MUST_CHECK enum rc role_of_entity(struct txn *txn, const struct entity *entity, struct arena *arena,
                                  struct role *ret);
MUST_CHECK enum rc role_set_trust(struct txn *txn, struct role *role, const struct trust *trust);
/* Writes role->description and role->max_session_s. */
MUST_CHECK enum rc role_set_settings(struct txn *txn, const struct role *role);
/* Callers have checked that nothing depends on it. */
MUST_CHECK enum rc role_delete(struct txn *txn, const struct entity *entity);

#endif
