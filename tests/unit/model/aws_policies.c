#include "model/aws_objects.h"
#include "model/managed_policy.h"

#include "support.h"

#define DOCUMENT(action)                                                                           \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" action        \
    "\",\"Resource\":\"*\"}]}"
#define NAME "TestersOwnPolicy"

static enum rc put(struct fixture *f, struct txn *txn, const char *document, const char *path,
                   int64_t version, enum aws_policy_change *ret)
{
    struct aws_policy policy = { .name = STR(NAME),
                                 .path = str_cstr(path),
                                 .version = version,
                                 .created_s = 1,
                                 .updated_s = 2,
                                 .document = str_cstr(document) };

    return aws_policy_put(txn, &policy, &f->arena, ret);
}

static enum rc find(struct fixture *f, struct txn *txn, const char *arn, struct managed_policy *ret)
{
    return managed_policy_by_arn(txn, str_cstr(arn), &f->arena, ret);
}

static enum rc added_once_and_changed_by_another_document(struct fixture *f, struct txn *txn)
{
    enum aws_policy_change change;
    struct managed_policy policy, again;
    struct policy_version version;

    CHECK_OK(put(f, txn, DOCUMENT("s3:Get*"), "/", 3, &change));
    CHECK(change == AWS_POLICY_ADDED);
    CHECK_OK(find(f, txn, "arn:aws:iam::aws:policy/" NAME, &policy));
    CHECK(policy.default_version == 3 && policy.entity.account == ACCOUNT_AWS);
    CHECK(policy.entity.id.len == 21 && str_starts(policy.entity.id, STR("ANPA")));
    CHECK_OK(put(f, txn, DOCUMENT("s3:Get*"), "/", 3, &change));
    CHECK(change == AWS_POLICY_SAME);
    CHECK_OK(put(f, txn, DOCUMENT("s3:List*"), "/", 3, &change)); /* never the number of another */
    CHECK(change == AWS_POLICY_CHANGED);
    CHECK_OK(find(f, txn, "arn:aws:iam::aws:policy/" NAME, &again));
    CHECK(again.default_version == 4 && str_eq(again.entity.id, policy.entity.id));
    CHECK_OK(policy_version_get(txn, &again, 3, &f->arena, &version));
    CHECK(!version.is_default);
    CHECK_STR(version.document, DOCUMENT("s3:Get*"));
    CHECK_OK(policy_version_get(txn, &again, 4, &f->arena, &version));
    CHECK(version.is_default);
    return RC_OK;
}
MODEL_TEST(added_once_and_changed_by_another_document)

static enum rc it_may_move(struct fixture *f, struct txn *txn)
{
    struct managed_policy before, after;
    enum aws_policy_change change;

    CHECK_OK(put(f, txn, DOCUMENT("s3:*"), "/", 0, &change));
    CHECK_OK(find(f, txn, "arn:aws:iam::aws:policy/" NAME, &before));
    CHECK_OK(put(f, txn, DOCUMENT("s3:*"), "/service-role/", 0, &change));
    CHECK(change == AWS_POLICY_CHANGED);
    CHECK_RC(find(f, txn, "arn:aws:iam::aws:policy/" NAME, &after), RC_NOENT);
    CHECK_OK(find(f, txn, "arn:aws:iam::aws:policy/service-role/" NAME, &after));
    CHECK(str_eq(before.entity.id, after.entity.id) && after.default_version == 1);
    return RC_OK;
}
MODEL_TEST(it_may_move)

/* However often it changes, five versions are kept, the default among them. */
static enum rc old_versions_go(struct fixture *f, struct txn *txn)
{
    struct policy_version *versions = NULL;
    struct managed_policy policy;
    enum aws_policy_change change;
    size_t count = 0;

    for (int i = 0; i < 9; i++) {
        CHECK_OK(
            put(f, txn, i % 2 == 0 ? DOCUMENT("s3:Get*") : DOCUMENT("s3:List*"), "/", 0, &change));
        CHECK(change == (i == 0 ? AWS_POLICY_ADDED : AWS_POLICY_CHANGED));
    }
    CHECK_OK(find(f, txn, "arn:aws:iam::aws:policy/" NAME, &policy));
    CHECK_OK(policy_version_list(txn, &policy, &f->arena, &versions, &count));
    CHECK(count == 5 && versions[0].version == 9 && versions[0].is_default);
    CHECK(versions[4].version == 5);
    return RC_OK;
}
MODEL_TEST(old_versions_go)

static enum rc what_is_no_policy_is_refused(struct fixture *f, struct txn *txn)
{
    enum aws_policy_change change;
    struct aws_policy bad = { .name = STR("a/b"),
                              .path = STR("/"),
                              .document = STR(DOCUMENT("*")) };

    CHECK_RC(put(f, txn, "not a document", "/", 0, &change), RC_SYNTAX);
    CHECK_RC(put(f, txn, DOCUMENT("no-vendor"), "/", 0, &change), RC_SYNTAX);
    CHECK_RC(put(f, txn, DOCUMENT("s3:*"), "no-path", 0, &change), RC_SYNTAX);
    CHECK_RC(put(f, txn, DOCUMENT("s3:*"), "/a", 0, &change), RC_SYNTAX);
    CHECK_RC(put(f, txn, DOCUMENT("s3:*"), "", 0, &change), RC_SYNTAX);
    CHECK_RC(aws_policy_put(txn, &bad, &f->arena, &change), RC_SYNTAX);
    bad.name = STR("");
    CHECK_RC(aws_policy_put(txn, &bad, &f->arena, &change), RC_SYNTAX);
    return RC_OK;
}
MODEL_TEST(what_is_no_policy_is_refused)

/* An id that something else has, or that is none, is not taken over. */
static enum rc ids_are_not_taken_from_others(struct fixture *f, struct txn *txn)
{
    enum aws_policy_change change;
    struct managed_policy made;
    struct entity mine;
    struct aws_policy policy = { .name = STR(NAME),
                                 .path = STR("/"),
                                 .document = STR(DOCUMENT("*")) };

    CHECK_OK(fixture_make(f, txn, ENTITY_POLICY, "mine", &mine));
    policy.id = mine.id;
    CHECK_OK(aws_policy_put(txn, &policy, &f->arena, &change));
    CHECK_OK(find(f, txn, "arn:aws:iam::aws:policy/" NAME, &made));
    CHECK(!str_eq(made.entity.id, mine.id));
    policy.id = STR("ANPAJLIB4VSBVO47ZSBB6");
    policy.name = STR("Another");
    CHECK_OK(aws_policy_put(txn, &policy, &f->arena, &change));
    CHECK_OK(find(f, txn, "arn:aws:iam::aws:policy/Another", &made));
    CHECK_STR(made.entity.id, "ANPAJLIB4VSBVO47ZSBB6");
    return RC_OK;
}
MODEL_TEST(ids_are_not_taken_from_others)

static enum rc seeding_twice_is_seeding_once(struct fixture *f, struct txn *txn)
{
    enum aws_policy_change change;
    struct managed_policy policy;
    struct aws_policy newer = aws_policies[0];
    int64_t before = 0, after = 0;

    CHECK_OK(aws_policies_seed(txn, &f->arena));
    CHECK_OK(entity_count(txn, ACCOUNT_AWS, ENTITY_POLICY, &before));
    CHECK_OK(aws_policies_seed(txn, &f->arena));
    CHECK_OK(entity_count(txn, ACCOUNT_AWS, ENTITY_POLICY, &after));
    CHECK(before == after);
    newer.version += 100; /* what was imported and is newer stays */
    newer.document = STR(DOCUMENT("s3:GetObject"));
    CHECK_OK(aws_policy_put(txn, &newer, &f->arena, &change));
    CHECK(change == AWS_POLICY_CHANGED);
    CHECK_OK(aws_policies_seed(txn, &f->arena));
    str arn = ARENA_JOIN(&f->arena, STR("arn:aws:iam::aws:policy"), newer.path, newer.name);
    CHECK_OK(managed_policy_by_arn(txn, arn, &f->arena, &policy));
    CHECK(policy.default_version == newer.version);
    return RC_OK;
}
MODEL_TEST(seeding_twice_is_seeding_once)

static void service_roles_are_found_by_service(void **state)
{
    (void)state;
    assert_true(aws_service_role_count >= 71);
    for (size_t i = 0; i < aws_service_role_count; i++) {
        assert_ptr_equal(aws_service_role_of(aws_service_roles[i].service), &aws_service_roles[i]);
    }
    assert_null(aws_service_role_of(STR("moon.amazonaws.com")));
    assert_null(aws_service_role_of(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(added_once_and_changed_by_another_document),
        MODEL_CASE(it_may_move),
        MODEL_CASE(old_versions_go),
        MODEL_CASE(what_is_no_policy_is_refused),
        MODEL_CASE(ids_are_not_taken_from_others),
        MODEL_CASE(seeding_twice_is_seeding_once),
        cmocka_unit_test(service_roles_are_found_by_service),
    };
    return cmocka_run_group_tests_name("model/aws_policies", tests, NULL, NULL);
}
