#include "cli/seed.h"

#include "model/access_key.h"
#include "model/account.h"
#include "model/entity.h"
#include "model/inline_policy.h"
#include "store/store.h"

static const str admin_policy = STR_INIT(
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
    "\"Resource\":\"*\"}]}");

/* The root user cannot assume roles, so the first principal is a user. */
static enum rc plant_user(struct txn *txn, struct seed *seed, struct arena *arena)
{
    struct entity user = { .account = seed->account,
                           .kind = ENTITY_USER,
                           .name = STR("admin"),
                           .path = STR("/"),
                           .created_s = env_now_s(seed->env) };
    struct access_key key;
    str secret;

    TRY(entity_insert(txn, seed->env, &user, arena));
    TRY(inline_policy_put(txn, &user, STR("AdministratorAccess"), admin_policy, arena));
    if (seed->key_id.ptr != NULL) {
        return access_key_import(txn, seed->vault, seed->account, user.id, user.created_s,
                                 seed->key_id, seed->secret, arena);
    }
    TRY(access_key_create(txn, seed->env, seed->vault, seed->account, user.id, user.created_s,
                          arena, &key, &secret));
    seed->key_id = arena_str(seed->arena, key.id);
    seed->secret = arena_str(seed->arena, secret);
    return seed->key_id.ptr == NULL || seed->secret.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc plant_root(struct txn *txn, struct seed *seed, struct arena *arena)
{
    struct account_bootstrap what = { .account = seed->account,
                                      .name = STR("main"),
                                      .access_key_id = seed->root_key_id,
                                      .secret = seed->root_secret };

    TRY(account_bootstrap(txn, seed->env, seed->vault, &what, arena));
    seed->account = what.ret_account;
    seed->key_id = seed->root_key_id;
    seed->secret = seed->root_secret;
    return RC_OK;
}

enum rc seed_plant(struct txn *txn, void *arg)
{
    struct seed *seed = arg;
    struct arena scratch;
    enum rc rc;

    arena_init(&scratch, &heap, 16 * 1024, 1024 * 1024);
    if (seed->root_key_id.ptr != NULL) {
        rc = plant_root(txn, seed, &scratch);
    } else {
        rc = account_create(txn, seed->env, seed->account, STR("main"), &scratch, &seed->account);
        if (rc == RC_OK) {
            rc = plant_user(txn, seed, &scratch);
        }
    }
    arena_done(&scratch);
    return rc;
}

struct first { /* is there anything yet? */
    struct seed *seed;
    bool planted;
};

static enum rc plant_if_empty(struct txn *txn, void *arg)
{
    struct first *first = arg;
    struct account *accounts;
    struct arena scratch;
    size_t count;
    enum rc rc;

    arena_init(&scratch, &heap, 4096, 64 * 1024);
    rc = account_list(txn, ACCOUNT_AWS, 1, &scratch, &accounts, &count);
    arena_done(&scratch);
    TRY(rc);
    if (count > 0) {
        return RC_OK;
    }
    first->planted = true;
    return seed_plant(txn, first->seed);
}

enum rc seed_first_start(struct store *store, struct seed *seed, bool *ret_planted)
{
    struct first first = { .seed = seed };

    TRY(store_write(store, plant_if_empty, &first));
    *ret_planted = first.planted;
    return RC_OK;
}
