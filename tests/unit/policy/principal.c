/* Bindings of written principals to unique ids (P-13), and listing them. */
#include "policy/policy.h"
#include "unit.h"

#define ACCOUNT "111122223333"
#define ROLE "arn:aws:iam::" ACCOUNT ":role/worker"
#define SESSION "arn:aws:sts::" ACCOUNT ":assumed-role/worker/x"
#define TRUST(who)                                                                                 \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole"  \
    "\",\"Principal\":{\"AWS\":\"" who "\"}}}"

enum { OUT, IN };
static const struct {
    const char *name, *written, *bound_to, *caller_id;
    bool bound_only;
    int expect;
} rows[] = {
    { "the id it had when written", ROLE, "AROA1", "AROA1", true, IN },
    { "a re-created namesake has another id", ROLE, "AROA1", "AROA2", true, OUT },
    { "a deleted principal's ARN has no binding", ROLE, NULL, "AROA1", true, OUT },
    { "offline there are no bindings: ARNs compare", ROLE, NULL, NULL, false, IN },
    { "offline the caller may have an id", ROLE, NULL, "AROA1", false, IN },
    { "offline caller without an id: ARNs compare", ROLE, "AROA1", NULL, false, IN },
    { "bound only, and a caller without an id", ROLE, "AROA1", NULL, true, OUT },
    { "a session ARN needs no binding", SESSION, NULL, "AROA1", true, IN },
    { "a session ARN bound to its role", SESSION, "AROA1", "AROA1", true, IN },
    { "a session of a re-created role", SESSION, "AROA1", "AROA2", true, OUT },
    { "a written id", "AROAEXAMPLEEXAMPLE22", NULL, "AROAEXAMPLEEXAMPLE22", true, IN },
    { "another written id", "AROAEXAMPLEEXAMPLE22", NULL, "AROAEXAMPLEEXAMPLE23", true, OUT },
    { "a written id and a caller without", "AROAEXAMPLEEXAMPLE22", NULL, NULL, true, OUT },
};

static void check_row(size_t i, struct arena *arena)
{
    char text[512];
    const struct policy_document *doc;
    const struct policy_set *set;
    struct policy_refusal why;
    struct decision decision;
    struct principal_binding binding = { str_cstr(rows[i].written), str_cstr(rows[i].bound_to) };
    struct policy_request rq = {
        .principal = { .type = PRINCIPAL_ROLE_SESSION,
                       .account = STR(ACCOUNT),
                       .arn = STR(SESSION),
                       .role_arn = STR(ROLE),
                       .unique_id = str_cstr(rows[i].caller_id) },
        .action = STR("sts:AssumeRole"),
        .resource = STR("arn:aws:iam::" ACCOUNT ":role/ops"),
        .resource_account = STR(ACCOUNT),
    };

    (void)snprintf(text, sizeof(text), TRUST("%s"), rows[i].written);
    assert_ok(policy_parse(POLICY_TRUST, str_cstr(text), arena, &doc, &why));
    assert_ok(policy_compile(&(struct policy_source){ .doc = doc,
                                                      .bindings = &binding,
                                                      .binding_count = rows[i].bound_to != NULL,
                                                      .bound_only = rows[i].bound_only },
                             1, arena, &set));
    policy_decide(&(struct policy_stack){ .resource = set }, &rq, &decision);
    if ((decision.result == DECIDED_ALLOW) != (rows[i].expect == IN)) {
        fail_msg("%s: decided by %s", rows[i].name, decision.rule);
    }
}

static void bindings(void **state UNUSED)
{
    struct arena arena;

    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_row(i, &arena);
    }
    arena_done(&arena);
}

static void account_and_star_need_no_binding(void **state UNUSED)
{
    static const char *const written[] = { "*", ACCOUNT, "arn:aws:iam::" ACCOUNT ":root" };
    struct arena arena;

    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    for (size_t i = 0; i < COUNT_OF(written); i++) {
        char text[512];
        const struct policy_document *doc;
        const struct policy_set *set;
        struct policy_refusal why;
        struct decision decision;
        struct policy_request rq = {
            .principal = { .type = PRINCIPAL_USER,
                           .account = STR(ACCOUNT),
                           .unique_id = STR("AIDA1"),
                           .arn = STR("arn:aws:iam::" ACCOUNT ":user/alice") },
            .action = STR("sts:AssumeRole"),
            .resource = STR("arn:aws:iam::444455556666:role/ops"),
            .resource_account = STR(ACCOUNT),
        };
        (void)snprintf(text, sizeof(text),
                       "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"sts:*\",\"Principal\":{"
                       "\"AWS\":\"%s\"}}}",
                       written[i]);
        assert_ok(policy_parse(POLICY_TRUST, str_cstr(text), &arena, &doc, &why));
        assert_ok(policy_compile(&(struct policy_source){ .doc = doc, .bound_only = true }, 1,
                                 &arena, &set));
        policy_decide(&(struct policy_stack){ .resource = set }, &rq, &decision);
        assert_int_equal(decision.result, DECIDED_EXPLICIT_DENY);
    }
    arena_done(&arena);
}

static void principals_are_listed(void **state UNUSED)
{
    static const char text[] =
        "{\"Statement\":[\n{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":"
        "{\"AWS\":[\"111122223333\",\"arn:aws:iam::111122223333:user\\/a\"],\n"
        "\"Service\":\"ec2.amazonaws.com\"}},"
        "{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":\"*\"}]}";
    const struct policy_document *doc;
    const struct principal_entry *entries;
    struct policy_refusal why;
    struct arena arena;

    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    assert_ok(policy_parse(POLICY_TRUST, STR(text), &arena, &doc, &why));
    assert_int_equal(policy_principals(doc, &arena, &entries), 3);
    assert_str(entries[1].value, "arn:aws:iam::111122223333:user/a");
    assert_int_equal(entries[1].kind, ENTRY_AWS);
    assert_int_equal(entries[1].line, 2);
    assert_int_equal(entries[2].kind, ENTRY_SERVICE);
    assert_int_equal(entries[2].line, 3);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bindings),
        cmocka_unit_test(account_and_star_need_no_binding),
        cmocka_unit_test(principals_are_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
