/* Passwords: hashed with Argon2id, and the hash wrapped under the master key, so that a stolen
 * database alone is nothing to guess at. Both cost some 64 MiB and a core for a while: never on a
 * loop or the writer (RQ_POOL_COMPUTE). */
#ifndef MANTLE_VAULT_PASSWORD_H
#define MANTLE_VAULT_PASSWORD_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct vault;

/* `about` as for vault_wrap: whose password it is. RC_NOMEM also when hashing finds no memory. */
MUST_CHECK enum rc password_hash(struct vault *vault, str about, str password, struct arena *arena,
                                 str *ret_wrapped);
/* RC_DENIED: another password; also, after as much work, when `wrapped` is absent, so that the clock
 * does not tell who has one. RC_CORRUPT: not a hash that was wrapped for `about`. */
MUST_CHECK enum rc password_verify(struct vault *vault, str about, str wrapped, str password);

#endif
