/* What a new data directory starts with: one account and one principal to begin with. */
#ifndef MANTLE_CLI_SEED_H
#define MANTLE_CLI_SEED_H

#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct store;
struct txn;
struct vault;

/* Normally a user "admin" who may do everything; in test mode with a root key given, the root
 * user with that key (and no user). */
struct seed {
    const struct env *env;
    struct vault *vault;
    str partition;
    int64_t account;              /* 0: random; afterwards what it became */
    str root_key_id, root_secret; /* absent: the user is made */
    str key_id, secret;           /* in: the user's key, absent: made; out: whichever principal's */
    struct arena *arena;          /* outlives the seed: key_id and secret are in it */
};

/* Into an empty store; inside one change. arg is the struct seed. Seeding again (after a reset)
 * makes the same account and the same key, and a user with a new unique id. */
enum rc seed_plant(struct txn *txn, void *arg);
/* Plants when there is no account yet. The credentials are on disk (DIR/bootstrap) before the account
 * is: whoever dies in between leaves credentials of nothing, which the next start replaces, and never
 * an account that nobody can open. */
MUST_CHECK enum rc seed_first_start(struct store *store, struct seed *seed, const char *dir,
                                    bool *ret_planted);

#endif
