/* The first account and its root's access key. */
#include "model/access_key.h"
#include "model/account.h"

/* Short ids are for tests; none may collide with a temporary key's. */
static bool key_id_is_usable(str id)
{
    if (id.len < 3 || id.len > 128 || str_starts(id, STR("ASIA"))) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        if (!ascii_is_alnum(id.ptr[i]) && id.ptr[i] != '_') {
            return false;
        }
    }
    return true;
}

enum rc account_bootstrap(struct txn *txn, const struct env *env, struct vault *vault,
                          struct account_bootstrap *what, struct arena *arena)
{
    struct access_key made;
    int64_t account = 0, now_s = env_now_s(env);
    str root = { 0 };

    TRY(account_create(txn, env, what->account, what->name, arena, &account));
    root = account_root_id(account, arena);
    if (root.ptr == NULL) {
        return RC_NOMEM;
    }
    if (what->access_key_id.ptr == NULL) {
        TRY(access_key_create(txn, env, vault, account, root, now_s, arena, &made,
                              &what->ret_secret));
        what->ret_access_key_id = made.id;
    } else {
        if (!key_id_is_usable(what->access_key_id) || what->secret.len == 0) {
            return RC_SYNTAX;
        }
        TRY(access_key_import(txn, vault, account, root, now_s, what->access_key_id, what->secret,
                              arena));
        what->ret_access_key_id = what->access_key_id;
        what->ret_secret = what->secret;
    }
    what->ret_account = account;
    return RC_OK;
}
