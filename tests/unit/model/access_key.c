#include "model/access_key.h"

#include "support.h"
#include "vault/vault.h"

static struct vault *vault;

static int vault_setup(void **state)
{
    struct arena arena;
    str why = STR_NONE;

    arena_init(&arena, &heap, 4096, 1 << 16);
    enum rc rc = vault_open(NULL, system_env(), &arena, &vault, &why);
    arena_done(&arena);
    return rc == RC_OK ? 0 : -1;
}

static int vault_teardown(void **state)
{
    vault_close(vault);
    return 0;
}

static enum rc two_keys_at_most(struct fixture *f, struct txn *txn)
{
    struct entity user;
    struct access_key first, second, third, *keys = NULL;
    str secret = { 0 }, other = { 0 };
    size_t count = 0;
    int64_t account = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(
        access_key_create(txn, f->env, vault, ACCOUNT, user.id, 1000, &f->arena, &first, &secret));
    CHECK(first.id.len == 20 && str_starts(first.id, STR("AKIA")) && secret.len == 40);
    CHECK_OK(unique_id_account(first.id, &account));
    CHECK(account == ACCOUNT);
    CHECK_OK(
        access_key_create(txn, f->env, vault, ACCOUNT, user.id, 2000, &f->arena, &second, &other));
    CHECK(!str_eq(secret, other));
    CHECK_RC(
        access_key_create(txn, f->env, vault, ACCOUNT, user.id, 3000, &f->arena, &third, &other),
        RC_LIMIT);
    CHECK_OK(access_key_list(txn, user.id, &f->arena, &keys, &count));
    CHECK(count == 2 && str_eq(keys[0].id, first.id) && str_eq(keys[1].id, second.id));
    CHECK(keys[0].active && keys[0].last_used_s == 0 && keys[0].created_s == 1000);
    CHECK_OK(access_key_delete(txn, &first));
    CHECK_RC(access_key_delete(txn, &first), RC_NOENT);
    CHECK_OK(
        access_key_create(txn, f->env, vault, ACCOUNT, user.id, 3000, &f->arena, &third, &other));
    return RC_OK;
}
MODEL_TEST(two_keys_at_most)

static bool signs_with(struct fixture *f, const struct access_key_auth *auth, str id)
{
    struct hmac_key key;

    return vault_signing_key(vault, access_key_about(auth->account, id, &f->arena), auth->wrapped,
                             STR("20260101"), STR("us-east-1"), STR("iam"), &key) == RC_OK;
}

static enum rc authentication_sees_the_owner(struct fixture *f, struct txn *txn)
{
    struct entity user;
    struct access_key key, root_key;
    struct access_key_auth auth;
    str secret = { 0 }, root = account_root_id(ACCOUNT, &f->arena);

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(
        access_key_create(txn, f->env, vault, ACCOUNT, user.id, 1000, &f->arena, &key, &secret));
    CHECK_OK(
        access_key_create(txn, f->env, vault, ACCOUNT, root, 1000, &f->arena, &root_key, &secret));
    CHECK_RC(access_key_for_auth(txn, STR("AKIANOTTHERE"), &f->arena, &auth), RC_NOENT);

    CHECK_OK(access_key_for_auth(txn, key.id, &f->arena, &auth));
    CHECK(auth.active && !auth.is_root && str_eq(auth.owner.id, user.id));
    CHECK(auth.account == ACCOUNT && signs_with(f, &auth, key.id));
    CHECK(!signs_with(f, &auth, root_key.id)); /* a row cannot be moved under another id */
    CHECK_OK(access_key_for_auth(txn, root_key.id, &f->arena, &auth));
    CHECK(auth.is_root && auth.owner.id.ptr == NULL && signs_with(f, &auth, root_key.id));

    CHECK_OK(access_key_set_active(txn, &key, false));
    CHECK_OK(access_key_for_auth(txn, key.id, &f->arena, &auth));
    CHECK(!auth.active);
    CHECK_OK(access_key_set_active(txn, &key, true));
    /* A key whose user is gone is no key. */
    CHECK_OK(entity_delete(txn, &user));
    CHECK_RC(access_key_for_auth(txn, key.id, &f->arena, &auth), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(authentication_sees_the_owner)

static enum rc use_is_kept_to_the_quarter_hour(struct fixture *f, struct txn *txn)
{
    struct entity user;
    struct access_key key;
    str secret = { 0 };

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(
        access_key_create(txn, f->env, vault, ACCOUNT, user.id, 1000, &f->arena, &key, &secret));
    CHECK_OK(access_key_used(txn, key.id, 5000, STR("iam"), STR("us-east-1"), &f->arena));
    CHECK_OK(access_key_used(txn, key.id, 5899, STR("sts"), STR("eu-west-1"), &f->arena));
    CHECK_OK(access_key_get(txn, key.id, &f->arena, &key));
    CHECK(key.last_used_s == 5000);
    CHECK_STR(key.last_used_service, "iam");
    CHECK_OK(access_key_used(txn, key.id, 5900, STR("sts"), STR("eu-west-1"), &f->arena));
    CHECK_OK(access_key_get(txn, key.id, &f->arena, &key));
    CHECK(key.last_used_s == 5900);
    CHECK_STR(key.last_used_service, "sts");
    CHECK_STR(key.last_used_region, "eu-west-1");
    CHECK_OK(access_key_used(txn, STR("AKIAGONE"), 9000, STR("iam"), STR("x"), &f->arena));
    return RC_OK;
}
MODEL_TEST(use_is_kept_to_the_quarter_hour)

static enum rc bootstrap_makes_a_root(struct fixture *f, struct txn *txn)
{
    struct account_bootstrap first = { .name = STR("one") };
    struct account_bootstrap given = { .account = INT64_C(111122223333),
                                       .name = STR("two"),
                                       .access_key_id = STR("test"),
                                       .secret = STR("test") };
    struct account_bootstrap bad = { .name = STR("x") };
    struct access_key_auth auth;

    CHECK_OK(account_bootstrap(txn, f->env, vault, &first, &f->arena));
    CHECK_OK(access_key_for_auth(txn, first.ret_access_key_id, &f->arena, &auth));
    CHECK(auth.is_root && auth.account == first.ret_account && first.ret_secret.len == 40);
    CHECK_OK(account_bootstrap(txn, f->env, vault, &given, &f->arena));
    CHECK_OK(access_key_for_auth(txn, STR("test"), &f->arena, &auth));
    CHECK(auth.is_root && auth.account == INT64_C(111122223333) &&
          signs_with(f, &auth, STR("test")));
    bad.access_key_id = STR("ASIATEMPORARY");
    bad.secret = STR("x");
    CHECK_RC(account_bootstrap(txn, f->env, vault, &bad, &f->arena), RC_SYNTAX);
    bad.access_key_id = STR("ok");
    CHECK_RC(account_bootstrap(txn, f->env, vault, &bad, &f->arena), RC_SYNTAX);
    return RC_OK;
}
MODEL_TEST(bootstrap_makes_a_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(two_keys_at_most),
        MODEL_CASE(authentication_sees_the_owner),
        MODEL_CASE(use_is_kept_to_the_quarter_hour),
        MODEL_CASE(bootstrap_makes_a_root),
    };
    return cmocka_run_group_tests_name("model/access_key", tests, vault_setup, vault_teardown);
}
