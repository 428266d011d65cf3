#include "model/account.h"

#include "codec/arn.h"
#include "model/aws_objects.h"
#include "store/queries.h"
#include "store/store.h"

enum { ACCOUNT_TRIES = 64 };
static const int64_t account_first = INT64_C(100000000000); /* no leading zero: tools drop it */
static const int64_t account_end = INT64_C(1000000000000);

static bool account_is_free(struct txn *txn, int64_t account, struct arena *arena, enum rc *ret_rc)
{
    struct account there;

    *ret_rc = account_get(txn, account, arena, &there);
    return *ret_rc == RC_NOENT;
}

static enum rc account_pick(struct txn *txn, const struct env *env, struct arena *arena,
                            int64_t *ret)
{
    for (int i = 0; i < ACCOUNT_TRIES; i++) {
        uint64_t random = 0;
        enum rc rc = RC_OK;

        TRY(env->random(env, &random, sizeof(random)));
        int64_t account = account_first +
                          (int64_t)(random % (uint64_t)(account_end - account_first));
        if (account_is_free(txn, account, arena, &rc)) {
            *ret = account;
            return RC_OK;
        }
        TRY(rc);
    }
    return RC_CONFLICT;
}

enum rc account_create(struct txn *txn, const struct env *env, int64_t account, str name,
                       struct arena *arena, int64_t *ret_account)
{
    if (account < 0 || account >= account_end) {
        return RC_SYNTAX;
    }
    if (account == 0) {
        TRY(account_pick(txn, env, arena, &account));
    }
    TRY(q_account_insert(txn, account, name, env_now_s(env)));
    TRY(aws_policies_seed(txn, arena)); /* the first account finds them, as every later one does */
    *ret_account = account;
    return txn_touched(txn, account, STR_NONE);
}

enum rc account_get(struct txn *txn, int64_t account, struct arena *arena, struct account *ret)
{
    struct q_account_get_row row;

    TRY(q_account_get(txn, account, arena, &row));
    *ret = (struct account){ row.account, row.name, row.alias, row.created_s };
    return RC_OK;
}

enum rc account_list(struct txn *txn, int64_t after, size_t max, struct arena *arena,
                     struct account **ret, size_t *ret_count)
{
    struct q_account_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_account_list(txn, after, (int64_t)max, arena, &rows, &count));
    struct account *accounts = NEW_ARRAY(arena, count, struct account);
    if (accounts == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        accounts[i] = (struct account){ rows[i].account, rows[i].name, rows[i].alias,
                                        rows[i].created_s };
    }
    *ret = accounts;
    *ret_count = count;
    return RC_OK;
}

enum rc account_set_alias(struct txn *txn, int64_t account, str alias, struct arena *arena)
{
    struct q_account_get_by_alias_row holder;

    enum rc rc = q_account_get_by_alias(txn, alias, arena, &holder);
    if (rc == RC_OK) {
        return holder.account == account ? RC_OK : RC_EXISTS;
    }
    if (rc != RC_NOENT) {
        return rc;
    }
    return q_account_set_alias(txn, alias, account);
}

enum rc account_delete_alias(struct txn *txn, int64_t account, str alias, struct arena *arena)
{
    struct account row;

    TRY(account_get(txn, account, arena, &row));
    if (row.alias.ptr == NULL || !str_eq(row.alias, alias)) {
        return RC_NOENT;
    }
    return q_account_set_alias(txn, STR_NONE, account);
}

enum rc account_token_version(struct txn *txn, int64_t account, struct arena *arena, int64_t *ret)
{
    struct q_sts_preference_get_row row = { .token_version = 1 };
    enum rc rc = q_sts_preference_get(txn, account, arena, &row);

    if (rc != RC_OK && rc != RC_NOENT) {
        return rc;
    }
    *ret = rc == RC_OK ? row.token_version : 1;
    return RC_OK;
}

enum rc account_set_token_version(struct txn *txn, int64_t account, int64_t version)
{
    return q_sts_preference_put(txn, account, version);
}

str account_root_id(int64_t account, struct arena *arena)
{
    char digits[12];

    account_id_print(account, digits);
    return arena_str(arena, str_from(digits, sizeof(digits)));
}
