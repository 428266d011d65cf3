/* Accounts: twelve digits, a name, perhaps an alias, a root. */
#ifndef MANTLE_MODEL_ACCOUNT_H
#define MANTLE_MODEL_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;
struct vault;

struct account {
    int64_t account;
    str name, alias; /* alias absent when none */
    int64_t created_s;
};

/* account 0: twelve random digits. RC_EXISTS, RC_SYNTAX (not a twelve-digit number). */
MUST_CHECK enum rc account_create(struct txn *txn, const struct env *env, int64_t account, str name,
                                  struct arena *arena, int64_t *ret_account);
MUST_CHECK enum rc account_get(struct txn *txn, int64_t account, struct arena *arena,
                               struct account *ret);
/* Ordered by number, those behind `after`, at most max. */
MUST_CHECK enum rc account_list(struct txn *txn, int64_t after, size_t max, struct arena *arena,
                                struct account **ret, size_t *ret_count);
/* RC_EXISTS: another account has it. Replaces an older one: an account has one at most. */
MUST_CHECK enum rc account_set_alias(struct txn *txn, int64_t account, str alias,
                                     struct arena *arena);
/* RC_NOENT when that is not the account's alias. */
MUST_CHECK enum rc account_delete_alias(struct txn *txn, int64_t account, str alias,
                                        struct arena *arena);

/* GlobalEndpointTokenVersion: 1, or what was set. */
MUST_CHECK enum rc account_token_version(struct txn *txn, int64_t account, struct arena *arena,
                                         int64_t *ret);
MUST_CHECK enum rc account_set_token_version(struct txn *txn, int64_t account, int64_t version);

/* What stands for the root user where a unique id is wanted: the twelve digits. Absent when memory
 * ran out. */
str account_root_id(int64_t account, struct arena *arena);

/* The first account and its root's access key, or the same for one more account. */
struct account_bootstrap {
    int64_t account;     /* 0: random */
    str name;            /* "main" */
    str access_key_id;   /* absent: made; given: any 3 to 128 characters (test mode) */
    str secret;          /* given exactly when access_key_id is */
    int64_t ret_account; /* out, as the next two; in the arena */
    str ret_access_key_id;
    str ret_secret;
};
/* RC_EXISTS: the account or key exists; RC_SYNTAX. */
MUST_CHECK enum rc account_bootstrap(struct txn *txn, const struct env *env, struct vault *vault,
                                     struct account_bootstrap *what, struct arena *arena);

#endif
