/* Denials in AWS's words, and where the deciding statement stands. */
#include "base/buf.h"
#include "policy/policy.h"
#include "unit.h"

#define ACCOUNT "111122223333"
#define USER "arn:aws:iam::" ACCOUNT ":user/alice"
#define DOC(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ALL DOC("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}")
#define NONE DOC("{\"Effect\":\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}")
#define DENY DOC("{\"Sid\":\"No\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}")
#define DENY_ANY                                                                                   \
    DOC("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"}")
#define HEAD                                                                                       \
    "User: " USER " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k"

static struct arena arena;

static const struct policy_set *compile(enum policy_kind kind, const char *text, const char *name)
{
    const struct policy_document *doc;
    const struct policy_set *set;
    struct policy_refusal why;

    if (text == NULL) {
        return NULL;
    }
    if (policy_parse(kind, str_cstr(text), &arena, &doc, &why) != RC_OK) {
        fail_msg("%.*s: %.*s", FMT(why.message), FMT(why.detail));
    }
    assert_ok(policy_compile(&(struct policy_source){ .doc = doc, .name = str_cstr(name) }, 1,
                             &arena, &set));
    return set;
}

static struct policy_request request_of(const char *action, const char *resource)
{
    return (struct policy_request){
        .principal = { .type = PRINCIPAL_USER, .account = STR(ACCOUNT), .arn = STR(USER) },
        .action = str_cstr(action),
        .resource = str_cstr(resource),
        .resource_account = STR(ACCOUNT),
    };
}

static void expect_message(const struct policy_stack *stack, const struct policy_request *rq,
                           enum policy_layer layer, const char *message)
{
    struct decision decision;
    buf out = buf_heap(4096);

    policy_decide(stack, rq, &decision);
    assert_int_not_equal(decision.result, DECIDED_ALLOW);
    assert_int_equal(decision.layer, layer);
    policy_denial_message(&decision, rq, &out);
    if (!str_eq(buf_str(&out), str_cstr(message))) {
        fail_msg("\"%.*s\", not \"%s\"", FMT(buf_str(&out)), message);
    }
    buf_done(&out);
}

static void implicit_denials(void **state UNUSED)
{
    struct policy_request rq = request_of("s3:GetObject", "arn:aws:s3:::b/k");
    const struct policy_set *all = compile(POLICY_IDENTITY, ALL, "inline:all");
    const struct policy_set *none = compile(POLICY_IDENTITY, NONE, "inline:none");
    const struct policy_set *scp = compile(POLICY_SCP, NONE, "p-1");
    const struct policy_set *endpoint = compile(POLICY_ENDPOINT, NONE, "vpce");
    struct policy_stack stack = { .identity = none };

    expect_message(&stack, &rq, LAYER_IDENTITY,
                   HEAD " because no identity-based policy allows the s3:GetObject action");
    stack = (struct policy_stack){ .identity = all, .boundary = none };
    expect_message(&stack, &rq, LAYER_BOUNDARY,
                   HEAD " because no permissions boundary allows the s3:GetObject action");
    stack = (struct policy_stack){ .identity = all, .session = none };
    expect_message(&stack, &rq, LAYER_SESSION,
                   HEAD " because no session policy allows the s3:GetObject action");
    stack = (struct policy_stack){ .identity = all, .scp = &scp, .scp_count = 1 };
    expect_message(&stack, &rq, LAYER_SCP,
                   HEAD " because no service control policy allows the s3:GetObject action");
    stack = (struct policy_stack){ .identity = all, .endpoint = endpoint };
    expect_message(&stack, &rq, LAYER_ENDPOINT,
                   HEAD " because no VPC endpoint policy allows the s3:GetObject action");
    stack = (struct policy_stack){ .identity = all };
    rq.resource_account = STR("444455556666");
    expect_message(&stack, &rq, LAYER_RESOURCE,
                   HEAD " because no resource-based policy allows the s3:GetObject action");
}

#define NAMED "arn:aws:iam::" ACCOUNT ":policy/No"

static void explicit_denials(void **state UNUSED)
{
    struct policy_request rq = request_of("s3:GetObject", "arn:aws:s3:::b/k");
    const struct policy_set *named = compile(POLICY_IDENTITY, DENY, NAMED);
    const struct policy_set *in_line = compile(POLICY_IDENTITY, DENY, "inline:No");
    const struct policy_set *scp = compile(POLICY_SCP, DENY, "arn:aws:organizations::1:policy/p");
    const struct policy_set *rcp = compile(POLICY_RCP, DENY_ANY,
                                           "arn:aws:organizations::1:policy/r");
    const struct policy_set *resource = compile(POLICY_RESOURCE, DENY_ANY, "arn:aws:s3:::b");
    const struct policy_set *endpoint = compile(POLICY_ENDPOINT, DENY_ANY, "vpce");
    struct policy_stack stack = { .identity = named };

    expect_message(&stack, &rq, LAYER_IDENTITY,
                   HEAD " with an explicit deny in an identity-based policy: " NAMED);
    stack = (struct policy_stack){ .identity = in_line };
    expect_message(&stack, &rq, LAYER_IDENTITY,
                   HEAD " with an explicit deny in an identity-based policy");
    stack = (struct policy_stack){ .boundary = named };
    expect_message(&stack, &rq, LAYER_BOUNDARY,
                   HEAD " with an explicit deny in a permissions boundary: " NAMED);
    stack = (struct policy_stack){ .session = in_line };
    expect_message(&stack, &rq, LAYER_SESSION, HEAD " with an explicit deny in a session policy");
    stack = (struct policy_stack){ .scp = &scp, .scp_count = 1 };
    expect_message(&stack, &rq, LAYER_SCP,
                   HEAD " with an explicit deny in a service control policy: "
                        "arn:aws:organizations::1:policy/p");
    stack = (struct policy_stack){ .rcp = &rcp, .rcp_count = 1 };
    expect_message(&stack, &rq, LAYER_RCP,
                   HEAD " with an explicit deny in a resource control policy: "
                        "arn:aws:organizations::1:policy/r");
    stack = (struct policy_stack){ .resource = resource };
    expect_message(&stack, &rq, LAYER_RESOURCE,
                   HEAD " with an explicit deny in a resource-based policy");
    stack = (struct policy_stack){ .endpoint = endpoint };
    expect_message(&stack, &rq, LAYER_ENDPOINT,
                   HEAD " with an explicit deny in a VPC endpoint policy");
    stack = (struct policy_stack){ .identity = named }; /* across accounts no ARN is told */
    rq.resource_account = STR("444455556666");
    expect_message(&stack, &rq, LAYER_IDENTITY,
                   HEAD " with an explicit deny in an identity-based policy");
}

#define ROLE "arn:aws:iam::" ACCOUNT ":role/ops"
#define ASSUME_HEAD "User: " USER " is not authorized to perform: sts:AssumeRole on resource: " ROLE
#define TRUST(effect, who)                                                                         \
    DOC("{\"Effect\":\"" effect "\",\"Principal\":{\"AWS\":\"" who                                 \
        "\"},\"Action\":\"sts:AssumeRole\"}")

static void trust_denials(void **state UNUSED)
{
    struct policy_request rq = request_of("sts:AssumeRole", ROLE);
    struct policy_stack stack = {
        .identity = compile(POLICY_IDENTITY, ALL, "a"),
        .resource = compile(POLICY_TRUST, TRUST("Allow", "444455556666"), ROLE),
    };

    expect_message(&stack, &rq, LAYER_RESOURCE, ASSUME_HEAD);
    stack.resource = compile(POLICY_TRUST, TRUST("Deny", ACCOUNT), ROLE);
    expect_message(&stack, &rq, LAYER_RESOURCE,
                   ASSUME_HEAD " with an explicit deny in the role trust policy");
    stack = (struct policy_stack){ .resource = compile(POLICY_TRUST, TRUST("Allow", ACCOUNT),
                                                       ROLE) };
    expect_message(&stack, &rq, LAYER_IDENTITY,
                   ASSUME_HEAD
                   " because no identity-based policy allows the sts:AssumeRole action");
}

static void fixed_denials_say_no_more(void **state UNUSED)
{
    struct policy_request rq = request_of("iam:DeletePolicy", "arn:aws:iam::aws:policy/X");
    struct policy_stack stack = { .identity = compile(POLICY_IDENTITY, ALL, "a") };

    expect_message(&stack, &rq, LAYER_SERVICE_RULE,
                   "User: " USER " is not authorized to perform: iam:DeletePolicy on resource: "
                   "arn:aws:iam::aws:policy/X");
    rq = request_of("s3:GetObject", "arn:aws:s3:::b/k");
    rq.principal = (struct principal){ .type = PRINCIPAL_ANONYMOUS };
    expect_message(&stack, &rq, LAYER_RESOURCE,
                   "User: anonymous is not authorized to perform: s3:GetObject on resource: "
                   "arn:aws:s3:::b/k because no resource-based policy allows the s3:GetObject "
                   "action");
}

static void statements_are_found_again(void **state UNUSED)
{
    static const char first[] = DOC("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}");
    static const char second[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[\n"
        "  {\"Effect\":\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"},\n"
        "  {\"Sid\":\"NoReading\",\"Effect\":\"Deny\",\"Action\":\"s3:Get*\",\n"
        "   \"Resource\":\"*\"}]}";
    struct policy_source sources[2] = { { .name = STR("inline:first") },
                                        { .name = STR("inline:second") } };
    struct policy_request rq = request_of("s3:GetObject", "arn:aws:s3:::b/k");
    struct policy_stack stack = { .identity = NULL };
    struct policy_refusal why;
    struct decision decision;
    struct statement_info info;

    assert_ok(policy_parse(POLICY_IDENTITY, STR(first), &arena, &sources[0].doc, &why));
    assert_ok(policy_parse(POLICY_IDENTITY, STR(second), &arena, &sources[1].doc, &why));
    assert_ok(policy_compile(sources, 2, &arena, &stack.identity));
    policy_decide(&stack, &rq, &decision);
    assert_int_equal(decision.result, DECIDED_EXPLICIT_DENY);
    assert_string_equal(decision.rule, "D-2");
    assert_true(policy_statement_info(decision.set, decision.statement, &info));
    assert_str(info.policy_name, "inline:second");
    assert_str(info.sid, "NoReading");
    assert_int_equal(info.index, 1);
    assert_int_equal(info.line, 3);
    assert_int_equal(info.column, 3);
    assert_int_equal(info.end_line, 4);
    assert_int_equal(info.end_column, 19);
    assert_false(policy_statement_info(decision.set, 3, &info));
    assert_false(policy_statement_info(NULL, 0, &info));
}

static int set_up(void **state UNUSED)
{
    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(implicit_denials),
        cmocka_unit_test(explicit_denials),
        cmocka_unit_test(trust_denials),
        cmocka_unit_test(fixed_denials_say_no_more),
        cmocka_unit_test(statements_are_found_again),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
