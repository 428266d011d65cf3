/* Every allocation of reading, compiling and listing fails in turn: the answer is RC_NOMEM, nothing
 * is written, nothing leaks; and deciding takes no memory at all. */
#include "base/buf.h"
#include "policy/policy.h"
#include "unit.h"

/* Fails the countdown-th allocation; counts what is held. */
struct failing {
    struct alloc alloc;
    size_t countdown, held, calls;
};

static void *failing_resize(const struct alloc *self, void *ptr, size_t old_size, size_t new_size)
{
    struct failing *f = (struct failing *)(void *)(uintptr_t)self;

    f->calls++;
    if (new_size != 0 && f->countdown != 0 && --f->countdown == 0) {
        return NULL;
    }
    f->held += new_size - (ptr == NULL ? 0 : old_size);
    return heap.resize(&heap, ptr, old_size, new_size);
}

static const char good[] =
    "{\"Version\":\"2012-10-17\",\"Id\":\"x\",\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Allow\","
    "\"Principal\":{\"AWS\":[\"111122223333\",\"arn:aws:iam::111122223333:user/alice\"],"
    "\"Service\":\"sns.amazonaws.com\"},\"Action\":[\"s3:Get*\",\"s3:PutObject\",\"*\"],"
    "\"Resource\":[\"arn:aws:s3:::b/${aws:username}/*\",\"arn:aws:s3:*:*:b\",\"*\"],"
    "\"Condition\":{\"StringLike\":{\"k\":[\"a*\",\"${aws:username, 'x'}\"]},"
    "\"BinaryEquals\":{\"b\":\"YQ==\"},\"ArnLike\":{\"c\":\"arn:aws:s3:::x\"},"
    "\"IpAddress\":{\"d\":\"10.0.0.0/8\"},\"NumericEquals\":{\"e\":1}}},"
    "{\"Sid\":\"B\",\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":\"111122223333\"},"
    "\"NotAction\":\"sqs:*\",\"NotResource\":\"arn:aws:s3:::c\"}]}";

static const char *const bad[] = {
    "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:x\",\"Resource\":"
    "\"a:b:c\"}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"a b:x\",\"Resource\":"
    "\"*\"}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"x\"},\"Action\":\"s3:x\","
    "\"Resource\":\"*\"}}",
    "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:x\",\"Resource\":"
    "\"*\",\"Condition\":{\"BinaryEquals\":{\"k\":\"?\"}}}}",
    "not JSON",
};

static enum rc all_steps(struct arena *arena, const char *text)
{
    const struct policy_document *doc;
    const struct policy_set *set;
    const struct principal_entry *entries;
    struct policy_refusal why;
    struct principal_binding binding = { STR("arn:aws:iam::111122223333:user/alice"),
                                         STR("AIDA1") };

    TRY(policy_parse(POLICY_RESOURCE, str_cstr(text), arena, &doc, &why));
    if (policy_principals(doc, arena, &entries) == 0) {
        return entries == NULL ? RC_NOMEM : RC_SYNTAX;
    }
    return policy_compile(
        &(struct policy_source){
            .doc = doc, .name = STR("arn:aws:s3:::b"), .bindings = &binding, .binding_count = 1 },
        1, arena, &set);
}

/* Chunks of one byte, so that each allocation of the arena is one of the allocator. */
static enum rc with_failure(const char *text, size_t at)
{
    struct failing f = { .alloc = { failing_resize }, .countdown = at };
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &f.alloc, 1, 1u << 24);
    rc = all_steps(&arena, text);
    arena_done(&arena);
    assert_int_equal(f.held, 0);
    return rc;
}

static void each_allocation_fails(void **state UNUSED)
{
    size_t at = 1;

    while (with_failure(good, at) == RC_NOMEM) {
        at++;
    }
    assert_ok(with_failure(good, at));
    assert_true(at > 50);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        for (at = 1; with_failure(bad[i], at) == RC_NOMEM; at++) {
        }
        assert_int_equal(with_failure(bad[i], at), RC_SYNTAX);
        assert_true(at > 2);
    }
}

/* The same with an arena that is too small: max_bytes is the limit the server sets. */
static void small_arenas_are_no_memory(void **state UNUSED)
{
    size_t size = 64;
    enum rc rc = RC_NOMEM;

    for (; rc == RC_NOMEM; size += 64) {
        struct arena arena;
        arena_init(&arena, &heap, 1, size);
        rc = all_steps(&arena, good);
        arena_done(&arena);
    }
    assert_ok(rc);
}

static void deciding_takes_no_memory(void **state UNUSED)
{
    struct failing f = { .alloc = { failing_resize } };
    const struct policy_document *doc;
    struct policy_stack stack = { .identity = NULL };
    struct policy_refusal why;
    struct decision decision;
    struct arena arena;
    size_t calls;
    str name = STR("alice");
    struct context_entry context = { STR("aws:username"), &name, 1, false };
    struct policy_request rq = {
        .principal = { .type = PRINCIPAL_USER,
                       .account = STR("111122223333"),
                       .arn = STR("arn:aws:iam::111122223333:user/alice") },
        .action = STR("s3:GetObject"),
        .resource = STR("arn:aws:s3:::b/alice/x"),
        .context = &context,
        .context_count = 1,
    };

    arena_init(&arena, &f.alloc, 4096, 1u << 24);
    assert_ok(policy_parse(POLICY_RESOURCE, STR(good), &arena, &doc, &why));
    assert_ok(policy_compile(&(struct policy_source){ .doc = doc }, 1, &arena, &stack.resource));
    calls = f.calls;
    policy_decide(&stack, &rq, &decision);
    assert_int_equal(f.calls, calls);
    arena_done(&arena);
}

/* No memory that was never filled allows: not a decision, not policies, not a request. */
static void zeroed_memory_denies(void **state UNUSED)
{
    struct policy_stack nothing = { .identity = NULL };
    struct policy_request rq = {
        .principal = { .type = PRINCIPAL_USER,
                       .account = STR("111122223333"),
                       .arn = STR("arn:aws:iam::111122223333:user/alice") },
        .action = STR("iam:GetUser"),
        .resource = STR("arn:aws:iam::111122223333:user/alice"),
    };
    struct policy_request empty = { .context = NULL };
    struct decision decision = { .rule = NULL };

    assert_int_equal(decision.result, DECIDED_IMPLICIT_DENY);
    decision.result = DECIDED_ALLOW;
    policy_decide(&nothing, &rq, &decision);
    assert_int_equal(decision.result, DECIDED_IMPLICIT_DENY);
    decision.result = DECIDED_ALLOW;
    policy_decide(&nothing, &empty, &decision);
    assert_int_equal(decision.result, DECIDED_IMPLICIT_DENY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(small_arenas_are_no_memory),
        cmocka_unit_test(deciding_takes_no_memory),
        cmocka_unit_test(zeroed_memory_denies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
