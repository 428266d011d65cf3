#include "model/account.h"

#include "support.h"

static enum rc aliases_are_unique_everywhere(struct fixture *f, struct txn *txn)
{
    struct account account;

    CHECK_OK(account_get(txn, ACCOUNT, &f->arena, &account));
    CHECK(account.alias.ptr == NULL);
    CHECK_OK(account_set_alias(txn, ACCOUNT, STR("acme"), &f->arena));
    CHECK_OK(account_set_alias(txn, ACCOUNT, STR("acme"), &f->arena));
    CHECK_RC(account_set_alias(txn, OTHER_ACCOUNT, STR("acme"), &f->arena), RC_EXISTS);
    CHECK_RC(account_delete_alias(txn, OTHER_ACCOUNT, STR("acme"), &f->arena), RC_NOENT);
    CHECK_OK(account_set_alias(txn, ACCOUNT, STR("acme-two"), &f->arena)); /* in its place */
    CHECK_OK(account_set_alias(txn, OTHER_ACCOUNT, STR("acme"), &f->arena));
    CHECK_RC(account_delete_alias(txn, ACCOUNT, STR("acme"), &f->arena), RC_NOENT);
    CHECK_OK(account_delete_alias(txn, ACCOUNT, STR("acme-two"), &f->arena));
    CHECK_OK(account_get(txn, ACCOUNT, &f->arena, &account));
    CHECK(account.alias.ptr == NULL);
    CHECK_STR(account.name, "main");
    return RC_OK;
}
MODEL_TEST(aliases_are_unique_everywhere)

static enum rc numbers_have_twelve_digits(struct fixture *f, struct txn *txn)
{
    struct account *accounts = NULL;
    size_t count = 0;
    int64_t made = 0;

    CHECK_RC(account_create(txn, f->env, ACCOUNT, STR("x"), &f->arena, &made), RC_EXISTS);
    CHECK_RC(account_create(txn, f->env, -1, STR("x"), &f->arena, &made), RC_SYNTAX);
    CHECK_RC(account_create(txn, f->env, INT64_C(1000000000000), STR("x"), &f->arena, &made),
             RC_SYNTAX);
    for (int i = 0; i < 50; i++) {
        CHECK_OK(account_create(txn, f->env, 0, STR("x"), &f->arena, &made));
        CHECK(made >= INT64_C(100000000000) && made < INT64_C(1000000000000));
    }
    CHECK_OK(account_list(txn, 0, 1000, &f->arena, &accounts, &count));
    CHECK(count == 52);
    CHECK_OK(account_list(txn, accounts[49].account, 1000, &f->arena, &accounts, &count));
    CHECK(count == 2);
    CHECK_STR(account_root_id(1, &f->arena), "000000000001");
    return RC_OK;
}
MODEL_TEST(numbers_have_twelve_digits)

static enum rc aws_policies_are_there(struct fixture *f, struct txn *txn)
{
    struct entity policy;
    int64_t n = 0;

    CHECK_OK(
        entity_by_arn(txn, STR("arn:aws:iam::aws:policy/AdministratorAccess"), &f->arena, &policy));
    CHECK(policy.account == ACCOUNT_AWS && policy.kind == ENTITY_POLICY);
    CHECK_OK(entity_count(txn, ACCOUNT, ENTITY_POLICY, &n));
    CHECK(n == 0);
    return RC_OK;
}
MODEL_TEST(aws_policies_are_there)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(aliases_are_unique_everywhere),
        MODEL_CASE(aws_policies_are_there),
        MODEL_CASE(numbers_have_twelve_digits),
    };
    return cmocka_run_group_tests_name("model/account", tests, NULL, NULL);
}
