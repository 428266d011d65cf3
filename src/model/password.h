/* Passwords of users: what an account asks of them, and what is kept of each. Hashing and verifying
 * are vault/password.h's and take long; nothing here does. */
#ifndef MANTLE_MODEL_PASSWORD_H
#define MANTLE_MODEL_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;

/* --- what an account asks of passwords ---------------------------------------------------------- */

struct password_policy {
    bool is_default; /* the account has none of its own: AWS's default holds */
    int64_t min_length;
    bool symbols, numbers, upper, lower; /* at least one of each is required */
    int64_t classes;                     /* of the four, so many are required */
    bool users_change;                   /* all users may change their own */
    int64_t max_age_days;                /* 0: they do not expire */
    int64_t reuse;                       /* so many of the last ones may not come again */
    bool hard_expiry;                    /* an expired one is replaced by an administrator only */
};

enum { PASSWORD_REUSE_MAX = 24 };

/* The account's own policy or the default one. */
MUST_CHECK enum rc password_policy_get(struct txn *txn, int64_t account, struct arena *arena,
                                       struct password_policy *ret);
MUST_CHECK enum rc password_policy_put(struct txn *txn, int64_t account,
                                       const struct password_policy *policy);
MUST_CHECK enum rc password_policy_delete(struct txn *txn, int64_t account); /* RC_NOENT */
bool password_fits(const struct password_policy *policy, str password);

/* --- what is kept of each ----------------------------------------------------------------------- */

struct login_profile {
    str owner_id; /* unique id of the user; the twelve digits for root */
    int64_t account;
    str wrapped; /* hash, for password_verify with login_profile_about() */
    int64_t created_s, changed_s;
    bool reset_required;
    int64_t last_used_s; /* 0: never */
};

MUST_CHECK enum rc login_profile_get(struct txn *txn, str owner_id, struct arena *arena,
                                     struct login_profile *ret);
/* RC_EXISTS. */
MUST_CHECK enum rc login_profile_create(struct txn *txn, const struct login_profile *profile,
                                        struct arena *arena);
/* The password before goes into the history. RC_CONFLICT: it is not the one in `profile` any more,
 * so whatever was checked against it does not hold. */
MUST_CHECK enum rc login_profile_set_password(struct txn *txn, const struct login_profile *profile,
                                              str wrapped, int64_t now_s, struct arena *arena);
MUST_CHECK enum rc login_profile_set_reset(struct txn *txn, str owner_id, bool required);
/* With its history. RC_NOENT. */
MUST_CHECK enum rc login_profile_delete(struct txn *txn, str owner_id);
/* The present password and those before it, the newest first: at most `max` hashes. */
MUST_CHECK enum rc login_profile_history(struct txn *txn, const struct login_profile *profile,
                                         size_t max, struct arena *arena, str **ret,
                                         size_t *ret_count);
/* What binds a hash to its owner. */
str login_profile_about(int64_t account, str owner_id, struct arena *arena);

/* --- signing in --------------------------------------------------------------------------------- */

/* When it will be too old; 0: never. */
int64_t password_expires_s(const struct password_policy *policy,
                           const struct login_profile *profile);

enum password_age { PASSWORD_GOOD, PASSWORD_MUST_CHANGE, PASSWORD_EXPIRED };
/* PASSWORD_EXPIRED: past its age, and only an administrator may replace it. */
enum password_age password_age(const struct password_policy *policy,
                               const struct login_profile *profile, int64_t now_s);

enum { PASSWORD_USE_GRANULARITY_S = 300 };
/* After a password was verified at sign-in: keeps when, to five minutes, as AWS does. */
MUST_CHECK enum rc login_profile_used(struct txn *txn, str owner_id, int64_t now_s,
                                      struct arena *arena);

#endif
