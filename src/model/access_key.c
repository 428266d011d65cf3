#include "model/access_key.h"

#include "codec/arn.h"
#include "model/account.h"
#include "model/quota.h"
#include "store/queries.h"
#include "store/store.h"
#include "vault/vault.h"

enum { KEY_ID_LENGTH = 20, ID_TRIES = 8 };

/* Queries that list keys select the same columns. */
#define ACCESS_KEY_OF(row)                                                                         \
    ((struct access_key){ .id = (row).id,                                                          \
                          .account = (row).account,                                                \
                          .owner_id = (row).owner_id,                                              \
                          .active = (row).active != 0,                                             \
                          .created_s = (row).created_s,                                            \
                          .last_used_s = (row).last_used_s_null ? 0 : (row).last_used_s,           \
                          .last_used_service = (row).last_used_service,                            \
                          .last_used_region = (row).last_used_region })

str access_key_about(int64_t account, str id, struct arena *arena)
{
    char digits[12];

    account_id_print(account, digits);
    return arena_printf(arena, "access-key/%.12s/%.*s", digits, FMT(id));
}

enum rc access_key_import(struct txn *txn, struct vault *vault, int64_t account, str owner_id,
                          int64_t now_s, str id, str secret, struct arena *arena)
{
    str wrapped = { 0 }, about = access_key_about(account, id, arena);

    if (about.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(vault_wrap(vault, about, secret, arena, &wrapped));
    TRY(q_access_key_insert(txn, id, account, owner_id, now_s, wrapped));
    /* A cache may remember that there was no such key. */
    TRY(txn_touched(txn, account, id));
    return txn_touched(txn, account, owner_id);
}

enum rc access_key_create(struct txn *txn, const struct env *env, struct vault *vault,
                          int64_t account, str owner_id, int64_t now_s, struct arena *arena,
                          struct access_key *ret, str *ret_secret)
{
    struct q_id_is_taken_row taken = { .n = 1 };
    str id = { 0 }, secret = { 0 };
    int64_t used = 0;

    TRY(access_key_count(txn, owner_id, arena, &used));
    TRY(quota_admit(txn, account, QUOTA_KEYS_PER_USER, used));
    for (int i = 0; i < ID_TRIES && taken.n != 0; i++) {
        TRY(unique_id_new(env, STR("AKIA"), account, KEY_ID_LENGTH, arena, &id));
        TRY(q_id_is_taken(txn, id, arena, &taken));
    }
    if (taken.n != 0) {
        return RC_CONFLICT;
    }
    TRY(vault_new_secret(vault, arena, &secret));
    TRY(access_key_import(txn, vault, account, owner_id, now_s, id, secret, arena));
    *ret = (struct access_key){
        .id = id, .account = account, .owner_id = owner_id, .active = true, .created_s = now_s
    };
    *ret_secret = secret;
    return RC_OK;
}

enum rc access_key_get(struct txn *txn, str id, struct arena *arena, struct access_key *ret)
{
    struct q_access_key_get_row row;

    TRY(q_access_key_get(txn, id, arena, &row));
    *ret = ACCESS_KEY_OF(row);
    return RC_OK;
}

enum rc access_key_list(struct txn *txn, str owner_id, struct arena *arena, struct access_key **ret,
                        size_t *ret_count)
{
    struct q_access_key_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_access_key_list(txn, owner_id, arena, &rows, &count));
    struct access_key *keys = NEW_ARRAY(arena, count, struct access_key);
    if (keys == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = ACCESS_KEY_OF(rows[i]);
    }
    *ret = keys;
    *ret_count = count;
    return RC_OK;
}

enum rc access_key_count(struct txn *txn, str owner_id, struct arena *arena, int64_t *ret)
{
    struct q_access_key_count_row row;

    TRY(q_access_key_count(txn, owner_id, arena, &row));
    *ret = row.n;
    return RC_OK;
}

enum rc access_key_set_active(struct txn *txn, const struct access_key *key, bool active)
{
    TRY(q_access_key_set_active(txn, active ? 1 : 0, key->id));
    TRY(txn_touched(txn, key->account, key->id));
    return txn_touched(txn, key->account, key->owner_id);
}

enum rc access_key_delete(struct txn *txn, const struct access_key *key)
{
    int64_t rows = 0;

    TRY(q_access_key_delete(txn, key->id, &rows));
    if (rows == 0) {
        return RC_NOENT;
    }
    TRY(q_retired_id_insert(txn, key->id));
    TRY(txn_touched(txn, key->account, key->id));
    return txn_touched(txn, key->account, key->owner_id);
}

enum rc access_key_for_auth(struct txn *txn, str id, struct arena *arena,
                            struct access_key_auth *ret)
{
    struct q_access_key_get_wrapped_row row;
    struct access_key_auth auth = { 0 };
    str root = { 0 };

    TRY(q_access_key_get_wrapped(txn, id, arena, &row));
    root = account_root_id(row.account, arena);
    if (root.ptr == NULL) {
        return RC_NOMEM;
    }
    auth.account = row.account;
    auth.owner_id = row.owner_id;
    auth.is_root = str_eq(row.owner_id, root);
    auth.active = row.active != 0;
    auth.wrapped = row.wrapped;
    auth.last_used_s = row.last_used_s_null ? 0 : row.last_used_s;
    if (!auth.is_root) {
        TRY(entity_by_id(txn, row.owner_id, arena, &auth.owner));
        if (auth.owner.account != row.account || auth.owner.kind != ENTITY_USER) {
            return RC_CORRUPT;
        }
    }
    *ret = auth;
    return RC_OK;
}

enum rc access_key_used(struct txn *txn, str id, int64_t now_s, str service, str region,
                        struct arena *arena)
{
    struct access_key key;

    enum rc rc = access_key_get(txn, id, arena, &key);
    if (rc == RC_NOENT || (rc == RC_OK && !access_key_use_is_news(key.last_used_s, now_s))) {
        return RC_OK;
    }
    TRY(rc);
    return q_access_key_set_used(txn, now_s, service, region, id);
}
