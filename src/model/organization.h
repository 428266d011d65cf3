/* Organizations: one management account and members, in one unit. They exist for privileged sessions
 * as a member's root (AssumeRoot) and for the condition keys of organizations; there are no service
 * control policies here. */
#ifndef MANTLE_MODEL_ORGANIZATION_H
#define MANTLE_MODEL_ORGANIZATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;

enum organization_feature {                                    /* stored bits: never renumber */
                            ORGANIZATION_ROOT_CREDENTIALS = 1, /* RootCredentialsManagement */
                            ORGANIZATION_ROOT_SESSIONS = 2,    /* RootSessions */
};

enum { ORGANIZATION_MEMBERS_MAX = 1000 };

struct organization {
    str id;   /* "o-..." */
    str path; /* "o-.../r-.../", as aws:PrincipalOrgPaths has it */
    int64_t management;
    unsigned features;
};

/* The one an account is in. RC_NOENT. */
MUST_CHECK enum rc organization_of(struct txn *txn, int64_t account, struct arena *arena,
                                   struct organization *ret);
/* RC_NOENT: no such account; RC_EXISTS: it is in an organization already. */
MUST_CHECK enum rc organization_create(struct txn *txn, const struct env *env, int64_t management,
                                       struct arena *arena, struct organization *ret);
/* RC_NOENT, RC_EXISTS as above; RC_LIMIT: ORGANIZATION_MEMBERS_MAX. */
MUST_CHECK enum rc organization_add(struct txn *txn, const struct organization *organization,
                                    int64_t account, int64_t now_s, struct arena *arena);
/* Sessions as the member's root end with it. RC_NOENT: not a member; RC_CONFLICT: the management
 * account goes last, and the organization with it. */
MUST_CHECK enum rc organization_remove(struct txn *txn, const struct organization *organization,
                                       int64_t account, struct arena *arena);
/* Account numbers, sorted, the management account among them. */
MUST_CHECK enum rc organization_members(struct txn *txn, const struct organization *organization,
                                        struct arena *arena, int64_t **ret, size_t *ret_count);
MUST_CHECK enum rc organization_set_features(struct txn *txn, struct organization *organization,
                                             unsigned features, struct arena *arena);

/* The feature that carries a root task: the name of its policy under /root-task/. RC_NOENT. */
MUST_CHECK enum rc organization_task_feature(str task, unsigned *ret);
/* May that account's principals act as the root of `member`, with tasks of that feature? RC_OK,
 * RC_DENIED. */
MUST_CHECK enum rc organization_root_task(struct txn *txn, int64_t management, int64_t member,
                                          unsigned feature, struct arena *arena);

#endif
