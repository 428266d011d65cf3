/* src/service/iam/reach.c: which services policies reach, and whose policies those are. */
#include "service/iam/reach.h"

#include "../../model/support.h"
#include "model/attachment.h"
#include "model/inline_policy.h"
#include "model/managed_policy.h"
#include "model/membership.h"

#define DOCUMENT(effect, element, value)                                                           \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"" effect "\",\"" element "\":" value \
    ",\"Resource\":\"*\"}]}"
#define ALLOW(action) DOCUMENT("Allow", "Action", action)

/* --- documents ---------------------------------------------------------------------------------- */

static const struct {
    const char *name, *document;
    bool iam, sts, s3;
} rows[] = {
    { "one action", ALLOW("\"iam:GetUser\""), true, false, false },
    { "case is ignored", ALLOW("\"IAM:getuser\""), true, false, false },
    { "a pattern", ALLOW("\"s3:Get*\""), false, false, true },
    { "a pattern over services", ALLOW("\"s*:GetCallerIdentity\""), false, true, false },
    { "several", ALLOW("[\"iam:GetUser\",\"sts:AssumeRole\"]"), true, true, false },
    { "everything", ALLOW("\"*\""), true, true, true },
    { "an action newer than the catalogue", ALLOW("\"iam:GetMoon\""), true, false, false },
    { "no such service", ALLOW("\"moon:GetUser\""), false, false, false },
    { "all but", DOCUMENT("Allow", "NotAction", "\"iam:*\""), false, true, true },
    { "all but one action of it", DOCUMENT("Allow", "NotAction", "\"iam:GetUser\""), true, true,
      true },
    { "a Deny reaches nothing", DOCUMENT("Deny", "Action", "\"*\""), false, false, false },
    { "no document", "not a document", false, false, false },
    { "nothing", "", false, false, false },
};

static void what_a_document_reaches(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reach reach;
        struct arena arena;
        arena_init(&arena, &heap, 1 << 16, 1 << 26);
        assert_ok(reach_init(&reach, &arena));
        assert_false(reach_has(&reach, STR("iam")));
        assert_ok(reach_add(&reach, str_cstr(rows[i].document), &arena));
        if (reach_has(&reach, STR("iam")) != rows[i].iam ||
            reach_has(&reach, STR("sts")) != rows[i].sts ||
            reach_has(&reach, STR("s3")) != rows[i].s3) {
            fail_msg("%s", rows[i].name);
        }
        assert_false(reach_has(&reach, STR("no-such-service")));
        arena_done(&arena);
    }
}

/* What one document adds, none takes away. */
static void documents_add_up(void **state)
{
    struct reach reach;
    struct arena arena;

    (void)state;
    arena_init(&arena, &heap, 1 << 16, 1 << 26);
    assert_ok(reach_init(&reach, &arena));
    assert_ok(reach_add(&reach, STR(ALLOW("\"iam:GetUser\"")), &arena));
    assert_ok(reach_add(&reach, STR(DOCUMENT("Deny", "Action", "\"iam:*\"")), &arena));
    assert_ok(reach_add(&reach, STR(ALLOW("\"sts:AssumeRole\"")), &arena));
    assert_true(reach_has(&reach, STR("iam")) && reach_has(&reach, STR("sts")));
    arena_done(&arena);
}

/* --- whose -------------------------------------------------------------------------------------- */

static enum rc managed(struct fixture *f, struct txn *txn, const char *name,
                       struct managed_policy *ret)
{
    *ret = (struct managed_policy){ .entity = { .account = ACCOUNT,
                                                .kind = ENTITY_POLICY,
                                                .name = str_cstr(name),
                                                .path = STR("/") } };
    return managed_policy_insert(txn, f->env, ret, STR(ALLOW("\"s3:*\"")), &f->arena);
}

static bool gives(const struct given_policy *policies, size_t count, const char *name,
                  const struct entity *owner, bool is_inline)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(policies[i].name, str_cstr(name)) && str_eq(policies[i].owner.id, owner->id) &&
            (policies[i].arn.ptr == NULL) == is_inline && policies[i].document.len > 0) {
            return true;
        }
    }
    return false;
}

static enum rc of_a_user_and_his_groups(struct fixture *f, struct txn *txn)
{
    struct entity user, group, other;
    struct managed_policy his, theirs;
    struct given_policy *policies = NULL;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "in", &group));
    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "out", &other));
    CHECK_OK(managed(f, txn, "his", &his));
    CHECK_OK(managed(f, txn, "theirs", &theirs));
    CHECK_OK(membership_add(txn, &group, &user, &f->arena));
    CHECK_OK(inline_policy_put(txn, &user, STR("own"), STR(ALLOW("\"*\"")), &f->arena));
    CHECK_OK(inline_policy_put(txn, &group, STR("groups"), STR(ALLOW("\"*\"")), &f->arena));
    CHECK_OK(inline_policy_put(txn, &other, STR("strangers"), STR(ALLOW("\"*\"")), &f->arena));
    CHECK_OK(attachment_add(txn, &user, &his.entity, &f->arena));
    CHECK_OK(attachment_add(txn, &group, &theirs.entity, &f->arena));
    CHECK_OK(boundary_set(txn, &user, &theirs.entity, &f->arena)); /* a boundary gives nothing */
    CHECK_OK(policies_given(txn, &user, &f->arena, &policies, &count));
    CHECK(count == 4);
    CHECK(gives(policies, count, "own", &user, true) &&
          gives(policies, count, "his", &user, false));
    CHECK(gives(policies, count, "groups", &group, true));
    CHECK(gives(policies, count, "theirs", &group, false));
    CHECK_OK(policies_given(txn, &group, &f->arena, &policies, &count));
    CHECK(count == 2);
    return RC_OK;
}
MODEL_TEST(of_a_user_and_his_groups)

/* Of a managed policy that policy, as its default version says. */
static enum rc of_a_policy_itself(struct fixture *f, struct txn *txn)
{
    struct policy_version version;
    struct managed_policy policy;
    struct given_policy *policies = NULL;
    size_t count = 0;

    CHECK_OK(managed(f, txn, "p", &policy));
    CHECK_OK(
        policy_version_add(txn, &policy, STR(ALLOW("\"sts:*\"")), false, 1, &f->arena, &version));
    CHECK_OK(policies_given(txn, &policy.entity, &f->arena, &policies, &count));
    CHECK(count == 1 && gives(policies, count, "p", &policy.entity, false));
    CHECK_STR(policies[0].document, ALLOW("\"s3:*\""));
    CHECK_OK(policy_version_set_default(txn, &policy, 2, 1, &f->arena));
    CHECK_OK(policies_given(txn, &policy.entity, &f->arena, &policies, &count));
    CHECK_STR(policies[0].document, ALLOW("\"sts:*\""));
    return RC_OK;
}
MODEL_TEST(of_a_policy_itself)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_document_reaches),
        cmocka_unit_test(documents_add_up),
        MODEL_CASE(of_a_user_and_his_groups),
        MODEL_CASE(of_a_policy_itself),
    };
    return cmocka_run_group_tests_name("service/iam/reach", tests, NULL, NULL);
}
