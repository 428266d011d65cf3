#include <mantle/analysis.h>
#include <mantle/lint.h>
#include <mantle/policy.h>

#include <pthread.h>

#include "host.h"

static const char reader[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[\n"
    "{\"Sid\":\"Read\",\"Effect\":\"Allow\",\"Action\":\"s3:Get*\",\"Resource\":"
    "\"arn:aws:s3:::b/${aws:username}/*\"},\n"
    "{\"Sid\":\"Never\",\"Effect\":\"Deny\",\"Action\":\"s3:GetBucketAcl\",\"Resource\":\"*\"}]}";
static const char everything[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                                 "\"Action\":\"*\",\"Resource\":\"*\"}}";
static const char anybody[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                              "\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":"
                              "\"arn:aws:s3:::b/*\"}}";

static mantle_policy *parsed(mantle_policy_kind kind, const char *text)
{
    mantle_policy *policy = NULL;
    mantle_policy_refusal why;
    mantle_rc rc = mantle_policy_parse(NULL, kind, mantle_text(text), 0, &policy, &why);

    assert_int_equal(rc, MANTLE_OK);
    return policy;
}

static mantle_policy_set *compiled(mantle_policy_kind kind, const char *text)
{
    mantle_policy_source source = { .policy = parsed(kind, text), .name = mantle_text("P") };
    mantle_policy_set *set = NULL;

    assert_int_equal(mantle_policy_compile(NULL, &source, 1, &set), MANTLE_OK);
    mantle_policy_free((mantle_policy *)(uintptr_t)source.policy);
    return set;
}

static const mantle_str ann = { "ann", 3 };
static const mantle_context_entry username = { { "aws:username", 12 }, &ann, 1, false };

static mantle_policy_request request(const char *action, const char *resource)
{
    return (mantle_policy_request){
        .principal = { .type = MANTLE_PRINCIPAL_USER,
                       .account = mantle_text("111122223333"),
                       .arn = mantle_text("arn:aws:iam::111122223333:user/ann") },
        .action = mantle_text(action),
        .resource = mantle_text(resource),
        .context = &username,
        .context_count = 1,
    };
}

static mantle_decision decided(const mantle_policy_stack *stack, const char *action,
                               const char *resource)
{
    mantle_policy_request rq = request(action, resource);
    mantle_decision decision;

    memset(&decision, 0xA5, sizeof(decision));
    mantle_policy_decide(stack, &rq, &decision);
    return decision;
}

static void decides_and_names_the_statement(void **state)
{
    mantle_policy_set *set = compiled(MANTLE_POLICY_IDENTITY, reader);
    mantle_policy_stack stack = { .identity = set };
    mantle_statement at;
    mantle_decision d = decided(&stack, "s3:GetObject", "arn:aws:s3:::b/ann/x");

    (void)state;
    assert_int_equal(d.result, MANTLE_ALLOW);
    assert_int_equal(d.layer, MANTLE_LAYER_IDENTITY);
    assert_ptr_equal(d.set, set);
    assert_true(mantle_policy_statement(d.set, d.statement, &at));
    assert_text(at.sid, "Read");
    assert_text(at.policy_name, "P");
    assert_int_equal(at.line, 2);

    d = decided(&stack, "s3:GetObject", "arn:aws:s3:::b/bob/x");
    assert_int_equal(d.result, MANTLE_IMPLICIT_DENY);
    assert_null(d.set);
    d = decided(&stack, "s3:GetBucketAcl", "arn:aws:s3:::b/ann/x");
    assert_int_equal(d.result, MANTLE_EXPLICIT_DENY);
    assert_string_equal(mantle_decision_name(d.result), "explicit_deny");
    assert_string_equal(mantle_layer_name(d.layer), "identity");
    assert_true(strlen(mantle_rule_text(d.rule)) > 10);
    assert_false(mantle_policy_statement(set, 99, &at));
    assert_false(mantle_policy_statement(NULL, 0, &at));
    mantle_policy_set_free(set);
}

static void what_is_no_request_is_denied(void **state)
{
    mantle_policy_set *set = compiled(MANTLE_POLICY_IDENTITY, everything);
    mantle_policy_stack stack = { .identity = set }, none = { 0 };

    (void)state;
    assert_int_equal(decided(&stack, "s3:GetObject", "*").result, MANTLE_ALLOW);
    assert_int_equal(decided(&stack, "GetObject", "*").result, MANTLE_IMPLICIT_DENY);
    assert_int_equal(decided(&stack, "s3:GetObject", NULL).result, MANTLE_IMPLICIT_DENY);
    assert_int_equal(decided(&none, "s3:GetObject", "*").result, MANTLE_IMPLICIT_DENY);
    mantle_policy_set_free(set);
}

static void layers_are_told_apart_and_joined_with_the_hosts_own(void **state)
{
    mantle_policy_set *identity = compiled(MANTLE_POLICY_IDENTITY, reader);
    mantle_policy_set *session = compiled(MANTLE_POLICY_IDENTITY, everything);
    mantle_policy_stack stack = { .identity = identity, .session = session };
    mantle_policy_request rq = request("s3:PutObject", "arn:aws:s3:::b/ann/x");
    mantle_policy_answers answers;
    mantle_layer_answer *own = &answers.by_layer[MANTLE_LAYER_RESOURCE];
    mantle_decision d;

    (void)state;
    mantle_policy_ask(&stack, &rq, &answers);
    assert_int_equal(answers.by_layer[MANTLE_LAYER_IDENTITY].result, MANTLE_IMPLICIT_DENY);
    assert_true(answers.by_layer[MANTLE_LAYER_IDENTITY].asked);
    assert_int_equal(answers.by_layer[MANTLE_LAYER_SESSION].result, MANTLE_ALLOW);
    assert_false(own->asked);
    mantle_policy_combine(&answers, &rq, &d);
    assert_int_equal(d.result, MANTLE_IMPLICIT_DENY);
    *own = (mantle_layer_answer){ .asked = true,
                                  .result = MANTLE_ALLOW,
                                  .strength = MANTLE_STRENGTH_DIRECT };
    mantle_policy_combine(&answers, &rq, &d);
    assert_int_equal(d.result, MANTLE_ALLOW);
    own->result = MANTLE_EXPLICIT_DENY;
    mantle_policy_combine(&answers, &rq, &d);
    assert_int_equal(d.result, MANTLE_EXPLICIT_DENY);
    assert_int_equal(d.layer, MANTLE_LAYER_RESOURCE);
    mantle_policy_set_free(identity);
    mantle_policy_set_free(session);
}

static void refusals_say_what_and_where(void **state)
{
    static const char wrong[] =
        "{\"Version\":\"2012-10-17\",\n \"Statement\":{\"Effect\":\"Allow\","
        "\"Resources\":\"*\"}}";
    static char long_text[MANTLE_POLICY_TEXT_MAX + 1];
    mantle_policy_refusal why = { .line = 99 };
    mantle_policy *policy = NULL;
    mantle_rc rc = mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY, mantle_text(wrong), 0, &policy,
                                       &why);

    (void)state;
    assert_int_equal(rc, MANTLE_SYNTAX);
    assert_null(policy);
    assert_int_equal(why.line, 2);
    assert_string_equal(why.code, "MalformedPolicyDocument");
    assert_non_null(strstr(why.detail, "Resources"));
    assert_int_equal(
        mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY, mantle_text(wrong), 0, &policy, NULL),
        MANTLE_SYNTAX);

    memset(long_text, ' ', sizeof(long_text));
    memcpy(long_text, everything, sizeof(everything) - 1);
    rc = mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY,
                             mantle_bytes(long_text, MANTLE_POLICY_TEXT_MAX), 0, &policy, &why);
    assert_int_equal(rc, MANTLE_OK);
    mantle_policy_free(policy);
    policy = NULL;
    rc = mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY,
                             mantle_bytes(long_text, MANTLE_POLICY_TEXT_MAX + 1), 0, &policy, &why);
    assert_int_equal(rc, MANTLE_LIMIT);
    assert_null(policy);
    assert_string_equal(why.detail, "the text is longer than 1 MiB");
}

static void loosely_takes_what_cannot_be_stored(void **state)
{
    static const char odd[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                              "\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"Odd\":{"
                              "\"a:b\":\"c\"}}}]}";
    mantle_policy *policy = NULL;

    (void)state;
    assert_int_equal(
        mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY, mantle_text(odd), 0, &policy, NULL),
        MANTLE_SYNTAX);
    assert_int_equal(mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY, mantle_text(odd),
                                         MANTLE_POLICY_LOOSELY, &policy, NULL),
                     MANTLE_OK);
    assert_text(mantle_policy_text(policy), odd);
    mantle_policy_free(policy);
}

static void wrong_arguments_are_said(void **state)
{
    mantle_str lie = { NULL, 5 };
    mantle_policy *policy = NULL;
    mantle_policy_set *set = NULL;
    mantle_policy_source nothing = { .policy = NULL };
    mantle_comparison *comparison = NULL;
    mantle_lint *lint = NULL;
    mantle_keys *keys = NULL;

    (void)state;
    assert_int_equal(mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY, lie, 0, &policy, NULL),
                     MANTLE_INVALID);
    assert_int_equal(mantle_policy_parse(NULL, (mantle_policy_kind)99, mantle_text(everything), 0,
                                         &policy, NULL),
                     MANTLE_INVALID);
    assert_int_equal(mantle_policy_parse(NULL, MANTLE_POLICY_IDENTITY, mantle_text(everything), 2,
                                         &policy, NULL),
                     MANTLE_INVALID);
    assert_int_equal(mantle_policy_compile(NULL, &nothing, 1, &set), MANTLE_INVALID);
    assert_int_equal(mantle_policy_compile(NULL, NULL, 1, &set), MANTLE_INVALID);
    assert_int_equal(mantle_policy_lint(NULL, lie, NULL, &lint), MANTLE_INVALID);
    assert_int_equal(mantle_policy_context_keys(NULL, NULL, lie, &keys), MANTLE_INVALID);
    assert_int_equal(mantle_policy_public(NULL, MANTLE_POLICY_IDENTITY, NULL, NULL, &comparison),
                     MANTLE_INVALID);
    assert_int_equal(mantle_policy_compare_stacks(NULL, NULL, NULL, NULL, &comparison),
                     MANTLE_INVALID);
    assert_string_equal(mantle_version(), MANTLE_VERSION_TEXT);
    assert_string_equal(mantle_rc_text(MANTLE_INVALID), "invalid argument");
    assert_string_equal(mantle_rc_text((mantle_rc)-9999), "unknown error");
    assert_string_equal(mantle_layer_name((mantle_policy_layer)-1), "unknown");
    assert_string_equal(mantle_decision_name((mantle_decision_result)77), "unknown");
    assert_string_equal(mantle_severity_name((mantle_severity)77), "UNKNOWN");
    mantle_policy_free(NULL);
    mantle_policy_set_free(NULL);
    mantle_comparison_free(NULL);
    mantle_explanation_free(NULL);
    mantle_lint_free(NULL);
    mantle_keys_free(NULL);
}

static void explains(void **state)
{
    mantle_policy_set *set = compiled(MANTLE_POLICY_IDENTITY, reader);
    mantle_policy_stack stack = { .identity = set };
    mantle_policy_request rq = request("s3:GetObject", "arn:aws:s3:::b/bob/x");
    mantle_explanation *e = NULL;
    mantle_str text;

    (void)state;
    assert_int_equal(mantle_policy_explain(NULL, &stack, &rq, &e), MANTLE_OK);
    assert_int_equal(mantle_explanation_decision(e).result, MANTLE_IMPLICIT_DENY);
    text = mantle_explanation_text(e);
    assert_true(str_find(str_from(text.ptr, text.len), STR("arn:aws:s3:::b/${aws:username}/*"),
                         &(size_t){ 0 }));
    text = mantle_explanation_json(e);
    assert_int_equal(text.ptr[0], '{');
    assert_int_equal(text.ptr[text.len - 1], '}');
    mantle_explanation_free(e);
    mantle_policy_set_free(set);
}

static void denial_messages_are_cut_to_fit(void **state)
{
    mantle_policy_stack stack = { 0 };
    mantle_policy_request rq = request("s3:GetObject", "arn:aws:s3:::b/bob/x");
    mantle_decision d;
    char whole[512], room[512];
    size_t len;

    (void)state;
    mantle_policy_decide(&stack, &rq, &d);
    len = mantle_denial_message(&d, &rq, whole, sizeof(whole));
    assert_int_equal(len, strlen(whole));
    assert_non_null(strstr(whole, "is not authorized to perform: s3:GetObject"));
    for (size_t size = 1; size <= len + 1; size++) {
        memset(room, 'x', sizeof(room));
        assert_true(mantle_denial_message(&d, &rq, room, size) < size);
        assert_int_equal(strncmp(room, whole, strlen(room)), 0);
        assert_int_equal(room[size], 'x');
    }
    assert_string_equal(room, whole);
    assert_int_equal(mantle_denial_message(&d, &rq, NULL, 0), 0);
}

static void compares(void **state)
{
    mantle_policy_source narrow = { .policy = parsed(MANTLE_POLICY_IDENTITY, reader) };
    mantle_policy_source wide = { .policy = parsed(MANTLE_POLICY_IDENTITY, everything) };
    mantle_document_set a = { &narrow, 1 }, b = { &wide, 1 };
    mantle_document_stack with = { .identity = &b, .boundary = &a }, without = { .identity = &a };
    mantle_comparison *c = NULL;

    (void)state;
    assert_int_equal(mantle_policy_compare(NULL, MANTLE_POLICY_IDENTITY, &b, &a, NULL, &c),
                     MANTLE_OK);
    assert_int_equal(mantle_comparison_verdict(c), MANTLE_PROVED);
    assert_null(mantle_comparison_request(c));
    mantle_comparison_free(c);
    assert_int_equal(mantle_policy_compare(NULL, MANTLE_POLICY_IDENTITY, &a, &b, NULL, &c),
                     MANTLE_OK);
    mantle_policy_free((mantle_policy *)(uintptr_t)wide.policy);
    wide.policy = parsed(MANTLE_POLICY_IDENTITY, everything);
    assert_int_equal(mantle_comparison_verdict(c), MANTLE_COUNTEREXAMPLE);
    assert_int_equal(mantle_comparison_old(c)->result, MANTLE_IMPLICIT_DENY);
    assert_int_equal(mantle_comparison_new(c)->result, MANTLE_ALLOW);
    assert_true(mantle_comparison_request(c)->action.len > 0);
    mantle_policy_set_free((mantle_policy_set *)(uintptr_t)mantle_comparison_new(c)->set);
    mantle_comparison_free(c);
    /* Everything, held by a boundary, is what the boundary says. */
    assert_int_equal(mantle_policy_compare_stacks(NULL, &without, &with, NULL, &c), MANTLE_OK);
    assert_int_equal(mantle_comparison_verdict(c), MANTLE_PROVED);
    mantle_comparison_free(c);
    mantle_policy_free((mantle_policy *)(uintptr_t)narrow.policy);
    mantle_policy_free((mantle_policy *)(uintptr_t)wide.policy);
}

static void budgets_are_kept_and_told(void **state)
{
    mantle_policy_source narrow = { .policy = parsed(MANTLE_POLICY_IDENTITY, reader) };
    mantle_document_set a = { &narrow, 1 };
    mantle_analysis_options options = { .steps_max = 1 };
    mantle_comparison *c = NULL;

    (void)state;
    assert_int_equal(mantle_policy_compare(NULL, MANTLE_POLICY_IDENTITY, NULL, &a, &options, &c),
                     MANTLE_OK);
    assert_int_equal(mantle_comparison_verdict(c), MANTLE_UNKNOWN);
    assert_true(strlen(mantle_comparison_reason(c)) > 0);
    mantle_comparison_free(c);
    mantle_policy_free((mantle_policy *)(uintptr_t)narrow.policy);
}

static void an_example_outlives_the_options(void **state)
{
    char account[] = "999988887777", value[] = "vpc-1";
    mantle_str values = { value, 5 };
    mantle_context_entry known = { mantle_text("aws:SourceVpc"), &values, 1, false };
    mantle_policy_source source = { .policy = parsed(MANTLE_POLICY_RESOURCE, anybody) };
    mantle_document_set set = { &source, 1 };
    mantle_analysis_options options = { .known = &known,
                                        .known_count = 1,
                                        .resource_account = mantle_bytes(account, 12) };
    mantle_comparison *c = NULL;
    const mantle_policy_request *rq;

    (void)state;
    assert_int_equal(mantle_policy_public(NULL, MANTLE_POLICY_RESOURCE, &set, &options, &c),
                     MANTLE_OK);
    mantle_policy_free((mantle_policy *)(uintptr_t)source.policy);
    memset(account, '0', sizeof(account) - 1);
    memset(value, '0', sizeof(value) - 1);
    assert_int_equal(mantle_comparison_verdict(c), MANTLE_COUNTEREXAMPLE);
    rq = mantle_comparison_request(c);
    assert_text(rq->action, "s3:GetObject");
    assert_text(rq->resource_account, "999988887777");
    for (size_t i = 0; i < rq->context_count; i++) {
        if (rq->context[i].key.len == 13) {
            assert_text(rq->context[i].values[0], "vpc-1");
        }
    }
    mantle_comparison_free(c);
}

static void lints(void **state)
{
    static const char odd[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\n"
                              "\"Action\":\"s3:GetObjekt\",\"Resource\":\"*\"}}";
    mantle_lint *lint = NULL;
    mantle_finding f;
    bool found = false;

    (void)state;
    assert_int_equal(mantle_policy_lint(NULL, mantle_text(odd), NULL, &lint), MANTLE_OK);
    for (size_t i = 0; mantle_lint_at(lint, i, &f); i++) {
        if (f.code.len == 14 && memcmp(f.code.ptr, "INVALID_ACTION", 14) == 0) {
            found = true;
            assert_int_equal(f.severity, MANTLE_ERROR);
            assert_int_equal(f.line, 2);
            assert_true(f.message.len > 0 && f.advice.len > 0);
        }
    }
    assert_true(found);
    assert_false(mantle_lint_at(lint, mantle_lint_count(lint), &f));
    assert_int_equal(mantle_lint_kind(lint), MANTLE_POLICY_IDENTITY);
    mantle_lint_free(lint);
    assert_int_equal(mantle_policy_lint(NULL, mantle_text("{"), NULL, &lint), MANTLE_OK);
    assert_true(mantle_lint_refused(lint) && mantle_lint_count(lint) > 0);
    mantle_lint_free(lint);
}

static void lists_the_keys_a_document_asks_about(void **state)
{
    mantle_policy *policy = parsed(MANTLE_POLICY_IDENTITY, reader);
    mantle_keys *keys = NULL;

    (void)state;
    assert_int_equal(mantle_policy_context_keys(NULL, policy, mantle_text(NULL), &keys), MANTLE_OK);
    mantle_policy_free(policy);
    assert_int_equal(mantle_keys_count(keys), 1);
    assert_text(mantle_keys_at(keys, 0), "aws:username");
    assert_null(mantle_keys_at(keys, 1).ptr);
    mantle_keys_free(keys);
}

/* Everything that allocates, with the n-th allocation failing: a clean code, nothing lost. */
static mantle_rc use_all(const mantle_allocator *allocator)
{
    mantle_policy_request rq = request("s3:GetObject", "arn:aws:s3:::b/bob/x");
    mantle_policy *policy = NULL;
    mantle_policy_set *set = NULL;
    mantle_explanation *explanation = NULL;
    mantle_comparison *comparison = NULL;
    mantle_lint *lint = NULL;
    mantle_keys *keys = NULL;
    mantle_rc rc = mantle_policy_parse(allocator, MANTLE_POLICY_IDENTITY, mantle_text(reader), 0,
                                       &policy, NULL);
    mantle_policy_source source = { .policy = policy };
    mantle_document_set documents = { &source, 1 };

    if (rc == MANTLE_OK) {
        rc = mantle_policy_compile(allocator, &source, 1, &set);
    }
    if (rc == MANTLE_OK) {
        mantle_policy_stack stack = { .identity = set };
        rc = mantle_policy_explain(allocator, &stack, &rq, &explanation);
    }
    if (rc == MANTLE_OK) {
        rc = mantle_policy_compare(allocator, MANTLE_POLICY_IDENTITY, NULL, &documents, NULL,
                                   &comparison);
    }
    if (rc == MANTLE_OK) {
        rc = mantle_policy_lint(allocator, mantle_text(reader), NULL, &lint);
    }
    if (rc == MANTLE_OK) {
        rc = mantle_policy_context_keys(allocator, policy, mantle_text(NULL), &keys);
    }
    mantle_keys_free(keys);
    mantle_lint_free(lint);
    mantle_comparison_free(comparison);
    mantle_explanation_free(explanation);
    mantle_policy_set_free(set);
    mantle_policy_free(policy);
    return rc;
}

static void every_allocation_may_fail(void **state)
{
    struct failing_alloc fa;

    (void)state;
    for (failing_init(&fa); failing_again(&fa);) {
        mantle_allocator allocator = host_allocator(&fa);
        mantle_rc rc = use_all(&allocator);

        assert_int_equal(rc, fa.failed ? MANTLE_NO_MEMORY : MANTLE_OK);
    }
    assert_true(fa.fail_at > 10);
}

/* Also: no allocation on the way, for the allocator would say so. */
static void deciding_allocates_nothing(void **state)
{
    struct failing_alloc fa;
    mantle_policy_source source = { .policy = parsed(MANTLE_POLICY_IDENTITY, reader) };
    mantle_policy_request rq = request("s3:GetObject", "arn:aws:s3:::b/ann/x");
    mantle_policy_answers answers;
    mantle_policy_set *set = NULL;
    mantle_allocator allocator;
    mantle_decision d;
    long calls;

    (void)state;
    failing_init(&fa);
    allocator = host_allocator(&fa);
    assert_int_equal(mantle_policy_compile(&allocator, &source, 1, &set), MANTLE_OK);
    calls = fa.calls;
    assert_true(calls > 0);
    mantle_policy_decide(&(mantle_policy_stack){ .identity = set }, &rq, &d);
    assert_int_equal(d.result, MANTLE_ALLOW);
    mantle_policy_ask(&(mantle_policy_stack){ .identity = set }, &rq, &answers);
    mantle_policy_combine(&answers, &rq, &d);
    assert_int_equal(d.result, MANTLE_ALLOW);
    assert_int_equal(fa.calls, calls);
    mantle_policy_set_free(set);
    assert_int_equal(fa.live_blocks, 0);
    mantle_policy_free((mantle_policy *)(uintptr_t)source.policy);
}

enum { THREADS = 4, TURNS = 2000 };

static void *decide_often(void *with)
{
    const mantle_policy_stack *stack = with;
    size_t right = 0;

    for (int i = 0; i < TURNS; i++) {
        bool own = i % 2 == 0;
        mantle_policy_request rq = request("s3:GetObject",
                                           own ? "arn:aws:s3:::b/ann/x" : "arn:aws:s3:::b/bob/x");
        mantle_decision d;

        mantle_policy_decide(stack, &rq, &d);
        right += (d.result == MANTLE_ALLOW) == own;
    }
    return (void *)(uintptr_t)right;
}

static void threads_share_a_set(void **state)
{
    mantle_policy_set *set = compiled(MANTLE_POLICY_IDENTITY, reader);
    mantle_policy_stack stack = { .identity = set };
    pthread_t threads[THREADS];
    void *right;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decide_often, &stack), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &right), 0);
        assert_int_equal((uintptr_t)right, TURNS);
    }
    mantle_policy_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_and_names_the_statement),
        cmocka_unit_test(what_is_no_request_is_denied),
        cmocka_unit_test(layers_are_told_apart_and_joined_with_the_hosts_own),
        cmocka_unit_test(refusals_say_what_and_where),
        cmocka_unit_test(loosely_takes_what_cannot_be_stored),
        cmocka_unit_test(wrong_arguments_are_said),
        cmocka_unit_test(explains),
        cmocka_unit_test(denial_messages_are_cut_to_fit),
        cmocka_unit_test(compares),
        cmocka_unit_test(budgets_are_kept_and_told),
        cmocka_unit_test(an_example_outlives_the_options),
        cmocka_unit_test(lints),
        cmocka_unit_test(lists_the_keys_a_document_asks_about),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(deciding_allocates_nothing),
        cmocka_unit_test(threads_share_a_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
