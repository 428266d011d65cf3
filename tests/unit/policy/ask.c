/* What each layer says by itself, decisions put together by a host, and all statements that apply. */
#include "policy/policy.h"
#include "unit.h"

#define ACCOUNT "111122223333"
#define USER "arn:aws:iam::" ACCOUNT ":user/alice"
#define DOC(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ALLOW(actions) "{\"Effect\":\"Allow\",\"Action\":" actions ",\"Resource\":\"*\"}"
#define DENY(actions) "{\"Effect\":\"Deny\",\"Action\":" actions ",\"Resource\":\"*\"}"
#define GRANT(who)                                                                                 \
    "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" who "\"},\"Action\":\"s3:*\",\"Resource\":"  \
    "\"*\"}"

static struct arena arena;

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

static const struct policy_set *compile(enum policy_kind kind, const char *text)
{
    const struct policy_document *doc;
    const struct policy_set *set;
    struct policy_refusal why;

    if (policy_parse(kind, str_cstr(text), &arena, &doc, &why) != RC_OK) {
        fail_msg("%.*s: %.*s", FMT(why.message), FMT(why.detail));
    }
    assert_ok(policy_compile(&(struct policy_source){ .doc = doc }, 1, &arena, &set));
    return set;
}

static const struct policy_request get_object = {
    .principal = { .type = PRINCIPAL_USER, .account = STR_INIT(ACCOUNT), .arn = STR_INIT(USER) },
    .action = STR_INIT("s3:GetObject"),
    .resource = STR_INIT("arn:aws:s3:::b/k"),
    .resource_account = STR_INIT(ACCOUNT),
};

static void layers_answer_apart(void **state UNUSED)
{
    const struct policy_set *scps[] = {
        compile(POLICY_SCP, DOC(ALLOW("\"*\""))),
        compile(POLICY_SCP, DOC(ALLOW("\"sqs:*\""))),
    };
    struct policy_stack stack = {
        .identity = compile(POLICY_IDENTITY, DOC(DENY("\"s3:*\""))),
        .session = compile(POLICY_IDENTITY, DOC(ALLOW("\"sqs:*\"") "," ALLOW("\"s3:*\""))),
        .resource = compile(POLICY_RESOURCE, DOC(GRANT(ACCOUNT))),
        .scp = scps,
        .scp_count = 2,
    };
    struct policy_answers a;
    struct decision d;

    policy_ask(&stack, &get_object, &a);
    assert_int_equal(a.by_layer[LAYER_IDENTITY].result, DECIDED_EXPLICIT_DENY);
    assert_int_equal(a.by_layer[LAYER_SESSION].result, DECIDED_ALLOW);
    assert_int_equal(a.by_layer[LAYER_SESSION].statement, 1);
    assert_int_equal(a.by_layer[LAYER_RESOURCE].result, DECIDED_ALLOW);
    assert_int_equal(a.by_layer[LAYER_RESOURCE].strength, STRENGTH_ACCOUNT);
    assert_int_equal(a.by_layer[LAYER_SCP].result, DECIDED_IMPLICIT_DENY); /* D-10 */
    assert_int_equal(a.by_layer[LAYER_SCP].level, 1);
    assert_false(a.by_layer[LAYER_BOUNDARY].asked);
    assert_false(a.by_layer[LAYER_RCP].asked);
    policy_combine(&a, &get_object, &d);
    assert_int_equal(d.result, DECIDED_EXPLICIT_DENY);
    assert_int_equal(d.layer, LAYER_IDENTITY);
}

/* A host keeps grants of its own kind: it says what they say, and the rules combine it. */
static void a_host_grants(void **state UNUSED)
{
    struct policy_stack stack = {
        .identity = compile(POLICY_IDENTITY, DOC(ALLOW("\"sqs:*\""))),
        .boundary = compile(POLICY_IDENTITY, DOC(ALLOW("\"sqs:*\""))),
    };
    struct policy_request stranger = get_object;
    struct policy_answers a;
    struct decision d;

    policy_ask(&stack, &get_object, &a);
    policy_combine(&a, &get_object, &d);
    assert_int_equal(d.result, DECIDED_IMPLICIT_DENY);
    a.by_layer[LAYER_RESOURCE] = (struct layer_answer){ .result = DECIDED_ALLOW,
                                                        .asked = true,
                                                        .strength = STRENGTH_DIRECT };
    policy_combine(&a, &get_object, &d);
    assert_int_equal(d.result, DECIDED_ALLOW);
    assert_string_equal(d.rule, "D-41");
    stranger.resource_account = STR("444455556666");
    policy_combine(&a, &stranger, &d); /* not across accounts */
    assert_int_equal(d.result, DECIDED_IMPLICIT_DENY);
    a.by_layer[LAYER_RESOURCE].result = DECIDED_EXPLICIT_DENY;
    policy_combine(&a, &get_object, &d);
    assert_int_equal(d.result, DECIDED_EXPLICIT_DENY);
    assert_int_equal(d.layer, LAYER_RESOURCE);
}

static void every_match_is_listed(void **state UNUSED)
{
    struct policy_stack stack = {
        .identity = compile(POLICY_IDENTITY,
                            DOC(ALLOW("[\"s3:Get*\",\"s3:GetObject\",\"*\"]") "," DENY(
                                "\"sqs:*\"") "," DENY("\"s3:GetObject\"") "," ALLOW("\"s3:*\""))),
        .resource = compile(POLICY_RESOURCE, DOC(GRANT(USER) "," GRANT("444455556666"))),
    };
    struct policy_match matches[8] = { { .layer = LAYER_NONE } };

    assert_int_equal(policy_matches(&stack, &get_object, matches, 8), 4);
    assert_int_equal(matches[0].layer, LAYER_RESOURCE);
    assert_int_equal(matches[0].statement, 0);
    assert_int_equal(matches[0].strength, STRENGTH_DIRECT);
    assert_int_equal(matches[1].layer, LAYER_IDENTITY);
    assert_int_equal(matches[1].statement, 0); /* once, though three of its actions match */
    assert_int_equal(matches[2].statement, 2);
    assert_true(matches[2].deny);
    assert_int_equal(matches[3].statement, 3);
    assert_true(matches[3].set == stack.identity);
    assert_int_equal(matches[4].layer, LAYER_NONE);
}

static void matches_stop_at_the_room(void **state UNUSED)
{
    struct policy_stack stack = {
        .identity = compile(POLICY_IDENTITY, DOC(ALLOW("\"*\"") "," ALLOW("\"s3:*\""))),
    };
    struct policy_match matches[2] = { { .layer = LAYER_NONE } };

    assert_int_equal(policy_matches(&stack, &get_object, matches, 1), 2);
    assert_int_equal(matches[0].layer, LAYER_IDENTITY);
    assert_int_equal(matches[1].layer, LAYER_NONE);
    assert_int_equal(policy_matches(&stack, &get_object, NULL, 0), 2);
}

/* D-6: no layer says anything about what is no request. */
static void no_request_no_answer(void **state UNUSED)
{
    struct policy_stack stack = { .identity = compile(POLICY_IDENTITY, DOC(ALLOW("\"*\""))) };
    struct policy_request rq = get_object;
    struct policy_answers a;
    struct decision d;

    rq.action = STR("GetObject");
    policy_ask(&stack, &rq, &a);
    assert_false(a.by_layer[LAYER_IDENTITY].asked);
    assert_int_equal(policy_matches(&stack, &rq, NULL, 0), 0);
    policy_combine(&a, &rq, &d);
    assert_int_equal(d.result, DECIDED_IMPLICIT_DENY);
    assert_string_equal(d.rule, "D-6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_answer_apart),   cmocka_unit_test(a_host_grants),
        cmocka_unit_test(every_match_is_listed), cmocka_unit_test(matches_stop_at_the_room),
        cmocka_unit_test(no_request_no_answer),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
