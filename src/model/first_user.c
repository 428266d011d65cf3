#include "model/first_user.h"

#include "model/access_key.h"
#include "model/account.h"
#include "model/entity.h"
#include "model/inline_policy.h"

const str first_user_name = STR_INIT("admin");
const str first_user_policy = STR_INIT("AdministratorAccess");

static const str allow_everything = STR_INIT(
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Everything\",\"Effect\":\"Allow\","
    "\"Action\":\"*\",\"Resource\":\"*\"}]}");

enum rc account_with_first_user(struct txn *txn, const struct env *env, struct vault *vault,
                                struct first_user *what, struct arena *arena)
{
    struct entity user = { .kind = ENTITY_USER, .name = first_user_name, .path = STR("/") };
    str name = what->name.ptr == NULL ? STR("main") : what->name;
    struct access_key key;

    TRY(account_create(txn, env, what->account, name, arena, &what->account));
    user.account = what->account;
    TRY(entity_insert(txn, env, &user, arena));
    TRY(inline_policy_put(txn, &user, first_user_policy, allow_everything, arena));
    if (what->access_key_id.ptr != NULL) {
        return access_key_import(txn, vault, user.account, user.id, user.created_s,
                                 what->access_key_id, what->secret, arena);
    }
    TRY(access_key_create(txn, env, vault, user.account, user.id, user.created_s, arena, &key,
                          &what->secret));
    what->access_key_id = key.id;
    return RC_OK;
}
