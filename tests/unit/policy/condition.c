/* src/policy/condition.c: keys that stand twice. Tags of a resource may differ in case only, and to a
 * condition they are one key: an Allow has to hold for each of them, a Deny for one. */
#include "policy/policy.h"
#include "unit.h"

#define DOCUMENT(effect, resource, condition)                                                      \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:Get*\","     \
    "\"Resource\":\"*\"},{\"Effect\":\"" effect "\",\"Action\":\"s3:*\",\"Resource\":\"" resource  \
    "\",\"Condition\":{" condition "}}]}"
#define TAG "aws:ResourceTag/team"

static const struct {
    const char *name, *document, *first, *second;
    bool
        allowed; /* s3:PutObject where it takes the second statement, s3:GetObject where it may not */
} rows[] = {
    { "allow: both equal", DOCUMENT("Allow", "*", "\"StringEquals\":{\"" TAG "\":\"red\"}"), "red",
      "red", true },
    { "allow: the first only", DOCUMENT("Allow", "*", "\"StringEquals\":{\"" TAG "\":\"red\"}"),
      "red", "blue", false },
    { "allow: the second only", DOCUMENT("Allow", "*", "\"StringEquals\":{\"" TAG "\":\"red\"}"),
      "blue", "red", false },
    { "allow, negated: one is equal",
      DOCUMENT("Allow", "*", "\"StringNotEquals\":{\"" TAG "\":\"red\"}"), "blue", "red", false },
    { "deny: the first", DOCUMENT("Deny", "*", "\"StringEquals\":{\"" TAG "\":\"red\"}"), "red",
      "blue", false },
    { "deny: the second", DOCUMENT("Deny", "*", "\"StringEquals\":{\"" TAG "\":\"red\"}"), "blue",
      "red", false },
    { "deny: neither", DOCUMENT("Deny", "*", "\"StringEquals\":{\"" TAG "\":\"red\"}"), "blue",
      "green", true },
    { "deny, negated: one is not equal",
      DOCUMENT("Deny", "*", "\"StringNotEquals\":{\"" TAG "\":\"red\"}"), "red", "blue", false },
    { "a variable with two answers has none",
      DOCUMENT("Allow", "arn:aws:s3:::b/${" TAG "}", "\"Null\":{\"" TAG "\":\"false\"}"), "red",
      "red", false },
};

static bool allows(size_t i, const char *action, struct arena *arena)
{
    str first = str_cstr(rows[i].first), second = str_cstr(rows[i].second);
    const struct context_entry context[] = { { STR("aws:ResourceTag/Team"), &first, 1, false },
                                             { STR("aws:ResourceTag/team"), &second, 1, false } };
    const struct policy_document *doc;
    const struct policy_set *set;
    struct policy_refusal why;
    struct decision decision;
    struct policy_request rq = {
        .principal = { .type = PRINCIPAL_USER,
                       .account = STR("111122223333"),
                       .arn = STR("arn:aws:iam::111122223333:user/alice") },
        .action = str_cstr(action),
        .resource = STR("arn:aws:s3:::b/red"),
        .resource_account = STR("111122223333"),
        .context = context,
        .context_count = COUNT_OF(context),
    };

    assert_ok(policy_parse(POLICY_IDENTITY, str_cstr(rows[i].document), arena, &doc, &why));
    assert_ok(policy_compile(&(struct policy_source){ .doc = doc }, 1, arena, &set));
    policy_decide(&(struct policy_stack){ .identity = set }, &rq, &decision);
    return decision.result == DECIDED_ALLOW;
}

static void a_key_that_stands_twice(void **state UNUSED)
{
    struct arena arena;

    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool denies = str_starts(str_cstr(rows[i].name), STR("deny"));
        if (allows(i, denies ? "s3:GetObject" : "s3:PutObject", &arena) != rows[i].allowed) {
            fail_msg("%s", rows[i].name);
        }
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_key_that_stands_twice) };
    return cmocka_run_group_tests_name("policy/condition", tests, NULL, NULL);
}
