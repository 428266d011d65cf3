#include "cli/seed.h"

#include "cli/data_dir.h"
#include "model/account.h"
#include "model/aws_objects.h"
#include "model/entity.h"
#include "model/first_user.h"
#include "store/store.h"

static enum rc plant_user(struct txn *txn, struct seed *seed, struct arena *arena)
{
    struct first_user what = { .account = seed->account,
                               .access_key_id = seed->key_id,
                               .secret = seed->secret };

    TRY(account_with_first_user(txn, seed->env, seed->vault, &what, arena));
    seed->account = what.account;
    if (seed->key_id.ptr != NULL) {
        return RC_OK; /* planted again after a reset: the same key */
    }
    seed->key_id = arena_str(seed->arena, what.access_key_id);
    seed->secret = arena_str(seed->arena, what.secret);
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
        rc = plant_user(txn, seed, &scratch);
    }
    arena_done(&scratch);
    return rc;
}

struct first { /* is there anything yet? */
    struct seed *seed;
    const char *dir;
    bool planted;
};

static enum rc plant_if_empty(struct txn *txn, void *arg)
{
    struct first *first = arg;
    struct account *accounts;
    struct arena scratch;
    size_t count;
    enum rc rc;

    arena_init(&scratch, &heap, 65536, 64 * 1024 * 1024);
    rc = account_list(txn, ACCOUNT_AWS, 1, &scratch, &accounts, &count);
    if (rc == RC_OK && count > 0) {
        rc = aws_policies_seed(txn, &scratch); /* those a newer version brought */
    } else if (rc == RC_OK) {
        first->planted = true;
        rc = seed_plant(txn, first->seed);
        if (rc == RC_OK) {
            rc = data_dir_write_bootstrap(first->dir, first->seed->key_id, first->seed->secret);
        }
    }
    arena_done(&scratch);
    return rc;
}

enum rc seed_first_start(struct store *store, struct seed *seed, const char *dir, bool *ret_planted)
{
    struct first first = { .seed = seed, .dir = dir };

    TRY(store_write(store, plant_if_empty, &first));
    *ret_planted = first.planted;
    return RC_OK;
}
