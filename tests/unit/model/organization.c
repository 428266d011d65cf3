#include "model/organization.h"

#include "support.h"

#define THIRD_ACCOUNT INT64_C(333333333333)

static enum rc make(struct fixture *f, struct txn *txn, struct organization *ret)
{
    return organization_create(txn, f->env, ACCOUNT, &f->arena, ret);
}

static enum rc an_account_is_in_one_at_most(struct fixture *f, struct txn *txn)
{
    struct organization made, second, read;

    CHECK_RC(organization_of(txn, ACCOUNT, &f->arena, &read), RC_NOENT);
    CHECK_OK(make(f, txn, &made));
    CHECK(str_starts(made.id, STR("o-")) && made.id.len == 12 && made.features == 0);
    CHECK(str_starts(made.path, made.id) && str_ends(made.path, STR("/")));
    CHECK_RC(make(f, txn, &second), RC_EXISTS);
    CHECK_RC(organization_create(txn, f->env, THIRD_ACCOUNT, &f->arena, &second), RC_NOENT);
    CHECK_OK(organization_add(txn, &made, OTHER_ACCOUNT, 1, &f->arena));
    CHECK_RC(organization_add(txn, &made, OTHER_ACCOUNT, 1, &f->arena), RC_EXISTS);
    CHECK_RC(organization_add(txn, &made, THIRD_ACCOUNT, 1, &f->arena), RC_NOENT);
    CHECK_RC(organization_create(txn, f->env, OTHER_ACCOUNT, &f->arena, &second), RC_EXISTS);
    CHECK_OK(organization_of(txn, OTHER_ACCOUNT, &f->arena, &read));
    CHECK(str_eq(read.id, made.id) && str_eq(read.path, made.path) && read.management == ACCOUNT);
    return RC_OK;
}
MODEL_TEST(an_account_is_in_one_at_most)

static enum rc the_management_account_goes_last(struct fixture *f, struct txn *txn)
{
    struct organization made, read;
    int64_t *members = NULL;
    size_t count = 0;

    CHECK_OK(make(f, txn, &made));
    CHECK_OK(organization_add(txn, &made, OTHER_ACCOUNT, 1, &f->arena));
    CHECK_OK(organization_members(txn, &made, &f->arena, &members, &count));
    CHECK(count == 2 && members[0] == ACCOUNT && members[1] == OTHER_ACCOUNT);
    CHECK_RC(organization_remove(txn, &made, ACCOUNT, &f->arena), RC_CONFLICT);
    CHECK_RC(organization_remove(txn, &made, THIRD_ACCOUNT, &f->arena), RC_NOENT);
    CHECK_OK(organization_remove(txn, &made, OTHER_ACCOUNT, &f->arena));
    CHECK_RC(organization_of(txn, OTHER_ACCOUNT, &f->arena, &read), RC_NOENT);
    CHECK_OK(organization_remove(txn, &made, ACCOUNT, &f->arena));
    CHECK_RC(organization_of(txn, ACCOUNT, &f->arena, &read), RC_NOENT);
    CHECK_OK(make(f, txn, &read)); /* and may found another, which is another */
    CHECK(!str_eq(read.id, made.id));
    return RC_OK;
}
MODEL_TEST(the_management_account_goes_last)

static enum rc may(struct fixture *f, struct txn *txn, int64_t who, int64_t whom, unsigned feature)
{
    return organization_root_task(txn, who, whom, feature, &f->arena);
}

/* Acting as a member's root is allowed to the management account, on others, with the feature on. */
static enum rc who_may_act_as_a_members_root(struct fixture *f, struct txn *txn)
{
    unsigned credentials = ORGANIZATION_ROOT_CREDENTIALS, sessions = ORGANIZATION_ROOT_SESSIONS;
    struct organization made;

    CHECK_RC(may(f, txn, ACCOUNT, OTHER_ACCOUNT, credentials), RC_DENIED);
    CHECK_OK(make(f, txn, &made));
    CHECK_OK(organization_add(txn, &made, OTHER_ACCOUNT, 1, &f->arena));
    CHECK_RC(may(f, txn, ACCOUNT, OTHER_ACCOUNT, credentials), RC_DENIED); /* no feature yet */
    CHECK_OK(organization_set_features(txn, &made, credentials, &f->arena));
    CHECK_OK(may(f, txn, ACCOUNT, OTHER_ACCOUNT, credentials));
    CHECK_RC(may(f, txn, ACCOUNT, OTHER_ACCOUNT, sessions), RC_DENIED);
    CHECK_RC(may(f, txn, ACCOUNT, ACCOUNT, credentials), RC_DENIED);
    CHECK_RC(may(f, txn, OTHER_ACCOUNT, ACCOUNT, credentials), RC_DENIED);
    CHECK_RC(may(f, txn, OTHER_ACCOUNT, OTHER_ACCOUNT, credentials), RC_DENIED);
    CHECK_OK(organization_set_features(txn, &made, 0, &f->arena));
    CHECK_RC(may(f, txn, ACCOUNT, OTHER_ACCOUNT, credentials), RC_DENIED);
    CHECK_OK(organization_set_features(txn, &made, credentials | sessions, &f->arena));
    CHECK_OK(organization_remove(txn, &made, OTHER_ACCOUNT, &f->arena));
    CHECK_RC(may(f, txn, ACCOUNT, OTHER_ACCOUNT, sessions), RC_DENIED);
    return RC_OK;
}
MODEL_TEST(who_may_act_as_a_members_root)

static void each_task_belongs_to_a_feature(void **state)
{
    unsigned feature = 0;

    (void)state;
    assert_ok(organization_task_feature(STR("IAMAuditRootUserCredentials"), &feature));
    assert_int_equal(feature, ORGANIZATION_ROOT_CREDENTIALS);
    assert_ok(organization_task_feature(STR("S3UnlockBucketPolicy"), &feature));
    assert_int_equal(feature, ORGANIZATION_ROOT_SESSIONS);
    assert_int_equal(organization_task_feature(STR("iamauditrootusercredentials"), &feature),
                     RC_NOENT);
    assert_int_equal(organization_task_feature(STR(""), &feature), RC_NOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(an_account_is_in_one_at_most),
        MODEL_CASE(the_management_account_goes_last),
        MODEL_CASE(who_may_act_as_a_members_root),
        cmocka_unit_test(each_task_belongs_to_a_feature),
    };
    return cmocka_run_group_tests_name("model/organization", tests, NULL, NULL);
}
