/* The first of everything: an account that somebody can use. */
#ifndef MANTLE_MODEL_FIRST_USER_H
#define MANTLE_MODEL_FIRST_USER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;
struct vault;

/* Names of the user and of its inline policy. It is a break-glass user: a user because somebody must
 * be able to make the first role, and root cannot assume roles. */
extern const str first_user_name, first_user_policy;

struct first_user {
    int64_t account;           /* in: 0 for random digits; out: the number */
    str name;                  /* in: of the account; absent: "main" */
    str access_key_id, secret; /* the user's; in: absent, then they are made; out: in the arena */
};

/* Makes the account, the user with a policy that allows everything, and its access key. RC_EXISTS
 * when the account is there already, RC_SYNTAX for a number that is none. */
MUST_CHECK enum rc account_with_first_user(struct txn *txn, const struct env *env,
                                           struct vault *vault, struct first_user *what,
                                           struct arena *arena);

#endif
