/* Two documents of one kind, parted by a NUL. What is PROVED is broken by none of a few hundred
 * requests; a COUNTEREXAMPLE holds when the evaluator is asked again; no document allows more than
 * itself. All within a small budget. The first byte picks the kind. */
#include "fuzz.h"

#include "analysis/analysis.h"

#define A "111122223333"

static const struct principal callers[] = {
    { .type = PRINCIPAL_USER,
      .account = STR_INIT(A),
      .arn = STR_INIT("arn:aws:iam::" A ":user/example-user") },
    { .type = PRINCIPAL_ROLE_SESSION,
      .account = STR_INIT(A),
      .arn = STR_INIT("arn:aws:sts::" A ":assumed-role/worker/x"),
      .role_arn = STR_INIT("arn:aws:iam::" A ":role/worker") },
    { .type = PRINCIPAL_ROOT, .account = STR_INIT(A), .arn = STR_INIT("arn:aws:iam::" A ":root") },
    { .type = PRINCIPAL_SERVICE, .arn = STR_INIT("sns.amazonaws.com") },
    { .type = PRINCIPAL_ANONYMOUS },
};
static const struct {
    str action, resource;
} asks[] = {
    { STR_INIT("s3:GetObject"), STR_INIT("arn:aws:s3:::bucket/alice/x") },
    { STR_INIT("s3:ListAllMyBuckets"), STR_INIT("*") },
    { STR_INIT("sts:AssumeRole"), STR_INIT("arn:aws:iam::" A ":role/ops") },
    { STR_INIT("kms:Decrypt"), STR_INIT("arn:aws:kms:us-east-1:" A ":key/1") },
    { STR_INIT("ec2:RunInstances"), STR_INIT("arn:aws:ec2:us-east-1:" A ":instance/i-1") },
};
static const str alice = STR_INIT("alice"), address = STR_INIT("10.1.2.3"),
                 when = STR_INIT("2026-01-01T00:00:00Z"), yes = STR_INIT("true"),
                 seven = STR_INIT("7");
static const str tag_keys[] = { STR_INIT("a"), STR_INIT("b") };
static const struct context_entry context[] = {
    { STR_INIT("aws:username"), &alice, 1, false },
    { STR_INIT("aws:SourceIp"), &address, 1, false },
    { STR_INIT("aws:CurrentTime"), &when, 1, false },
    { STR_INIT("aws:SecureTransport"), &yes, 1, false },
    { STR_INIT("s3:max-keys"), &seven, 1, false },
    { STR_INIT("aws:TagKeys"), tag_keys, 2, true },
};

static const struct analysis_set *parse(enum policy_kind kind, str text, struct arena *arena)
{
    struct policy_source *source = NEW(arena, struct policy_source);
    struct analysis_set *set = NEW(arena, struct analysis_set);
    struct policy_refusal why;

    if (source == NULL || set == NULL ||
        policy_parse_loosely(kind, text, arena, &source->doc, &why) != RC_OK) {
        return NULL;
    }
    source->name = STR("x");
    *set = (struct analysis_set){ source, 1 };
    return set;
}

/* The set alone in its place; identity policies stand in every place on the caller's side. */
static struct analysis_stack stack_of(enum policy_kind kind, const struct analysis_set *const *set)
{
    struct analysis_stack stack = { .identity = kind == POLICY_IDENTITY ? *set : NULL };

    stack.boundary = stack.session = stack.identity;
    stack.resource = kind == POLICY_RESOURCE || kind == POLICY_TRUST ? *set : NULL;
    stack.endpoint = kind == POLICY_ENDPOINT ? *set : NULL;
    stack.scp = kind == POLICY_SCP ? set : NULL;
    stack.scp_count = kind == POLICY_SCP ? 1 : 0;
    stack.rcp = kind == POLICY_RCP ? set : NULL;
    stack.rcp_count = kind == POLICY_RCP ? 1 : 0;
    return stack;
}

static const struct policy_set *compile(const struct analysis_set *set, struct arena *arena)
{
    const struct policy_set *compiled = NULL;

    if (set != NULL) {
        REQUIRE(policy_compile(set->sources, set->count, arena, &compiled) == RC_OK);
    }
    return compiled;
}

static struct policy_stack evaluated(const struct analysis_stack *stack, struct arena *arena,
                                     const struct policy_set **level)
{
    struct policy_stack ret = { .identity = compile(stack->identity, arena) };

    ret.boundary = ret.session = ret.identity;
    ret.resource = compile(stack->resource, arena);
    ret.endpoint = compile(stack->endpoint, arena);
    *level = stack->scp_count > 0   ? compile(stack->scp[0], arena)
             : stack->rcp_count > 0 ? compile(stack->rcp[0], arena)
                                    : NULL;
    ret.scp = ret.rcp = level;
    ret.scp_count = stack->scp_count;
    ret.rcp_count = stack->rcp_count;
    return ret;
}

static bool gained(const struct policy_stack *old, const struct policy_stack *new,
                   const struct policy_request *rq)
{
    struct decision before, after;

    policy_decide(old, rq, &before);
    policy_decide(new, rq, &after);
    return after.result == DECIDED_ALLOW && before.result != DECIDED_ALLOW;
}

static void proof_check(const struct policy_stack *old, const struct policy_stack *new,
                        const struct principal *caller, size_t caller_count)
{
    for (size_t i = 0; i < caller_count * COUNT_OF(asks) * (COUNT_OF(context) + 1); i++) {
        size_t ask = i % COUNT_OF(asks), rest = i / COUNT_OF(asks);
        struct policy_request rq = { .principal = caller[rest % caller_count],
                                     .action = asks[ask].action,
                                     .resource = asks[ask].resource,
                                     .resource_account = STR(A),
                                     .context = context,
                                     .context_count = rest / caller_count };
        REQUIRE(!gained(old, new, &rq));
    }
}

static void check(enum policy_kind kind, const struct analysis_set *a, const struct analysis_set *b,
                  struct arena *arena)
{
    struct analysis_options options = { .steps_max = 20000, .memory_max = (size_t)4 << 20 };
    struct analysis_stack old = stack_of(kind, &a), new = stack_of(kind, &b);
    const struct policy_set *levels[2];
    struct policy_stack before, after;
    struct analysis_result result;
    enum rc rc = analysis_compare(&old, &new, &options, arena, &result);

    REQUIRE(rc == RC_OK || rc == RC_LIMIT);
    if (rc != RC_OK) {
        return;
    }
    before = evaluated(&old, arena, &levels[0]);
    after = evaluated(&new, arena, &levels[1]);
    if (result.verdict == ANALYSIS_PROVED) {
        bool one = kind == POLICY_IDENTITY || kind == POLICY_SCP;
        proof_check(&before, &after, callers, one ? 1 : COUNT_OF(callers));
    } else if (result.verdict == ANALYSIS_COUNTEREXAMPLE) {
        REQUIRE(gained(&before, &after, &result.request));
    }
    REQUIRE(analysis_compare_kind(kind, a, b, &options, arena, &result) == RC_OK);
    REQUIRE(analysis_compare(&old, &old, &options, arena, &result) == RC_OK);
    REQUIRE(result.verdict != ANALYSIS_COUNTEREXAMPLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct analysis_set *a, *b;
    enum policy_kind kind;
    struct arena arena;
    str text, first;

    if (size < 3 || size > 4000) {
        return 0;
    }
    kind = (enum policy_kind)(data[0] % (POLICY_RCP + 1));
    text = fuzz_text(data + 1, size - 1);
    if (!take_until(&text, '\0', &first)) {
        return 0;
    }
    arena_init(&arena, &heap, 1u << 16, (size_t)1 << 28);
    a = parse(kind, first, &arena);
    b = parse(kind, text, &arena);
    if (a != NULL && b != NULL) {
        check(kind, a, b, &arena);
    }
    arena_done(&arena);
    return 0;
}
