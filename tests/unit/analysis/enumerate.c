/* Proofs against all requests there are: random policies over a small alphabet, and every request
 * over it put to the evaluator. What is PROVED may be broken by none of them; what is a
 * COUNTEREXAMPLE is allowed by the new and not by the old. */
#include "unit.h"

#include "analysis/analysis.h"
#include "base/buf.h"

#include <stdlib.h>

enum { ROUNDS = 6000, STACK_ROUNDS = 3000 };

#define A "111122223333"
#define B "444455556666"

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return (uint32_t)((z >> 32) * n >> 32);
}

#define PICK(d, list) (list)[roll((d), (uint32_t)COUNT_OF(list))]

/* -- policies ---------------------------------------------------------------------------------- */

static const char *const actions[] = {
    "*",    "s3:*",  "s3:G*", "s3:ga", "S3:Gb", "s3:P",           "s3:?a",       "kms:*",
    "*:ga", "s3:*b", "kms:D", "s3:",   "s3*",   "sts:AssumeRole", "iam:PassRole"
};
static const char *const resources[] = {
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::*",
    "arn:*:s3:::?",
    "arn:aws:s3:::b/${k}",
    "arn:aws:s3:::b/${k, 'k'}",
    "arn:aws:s3:::${k}/*",
    "arn:aws:s3:::*/k",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:s3",
    "arn:aws:iam::" A ":role/*",
    "arn:aws:s3:::b/${*}",
};
static const char *const quantifiers[] = { "", "", "ForAnyValue:", "ForAllValues:" };
static const char *const text_operators[] = {
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "Bool",
    "ArnLike",
    "ArnNotLike",
    "StringLike",
};
static const char *const text_values[] = { "a",
                                           "b",
                                           "ab",
                                           "A*",
                                           "a*",
                                           "*",
                                           "",
                                           "?",
                                           "*b",
                                           "true",
                                           "${j}",
                                           "A",
                                           "a${j}",
                                           "arn:aws:s3:::*",
                                           "arn:*:*:*:*:${j}" };
static const char *const number_operators[] = {
    "NumericEquals",         "NumericNotEquals",   "NumericLessThan",
    "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
};
static const char *const number_values[] = { "1", "2", "1.5", "-1", "x", "01.0", "-1.5" };
static const char *const date_operators[] = { "DateEquals", "DateNotEquals", "DateLessThan",
                                              "DateGreaterThanEquals" };
static const char *const date_values[] = { "2026-01-01", "2026-01-01T00:00:01Z", "1767225600",
                                           "2026-01-02", "x" };
static const char *const ip_operators[] = { "IpAddress", "NotIpAddress" };
static const char *const ip_values[] = { "10.0.0.0/8", "10.0.0.0/9", "10.1.2.3", "0.0.0.0/0",
                                         "::/0",       "fd00::/8",   "0.0.0.0/1" };

static void list_add(struct dice *d, buf *out, const char *const *from, size_t count)
{
    uint32_t n = 1 + (roll(d, 3) == 0 ? 1 + roll(d, 2) : 0);

    buf_add_char(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", from[roll(d, (uint32_t)count)]);
    }
    buf_add_char(out, ']');
}

#define LIST(d, out, list) list_add((d), (out), (list), COUNT_OF(list))

static void condition_add(struct dice *d, buf *out, uint32_t kind)
{
    const char *exists = roll(d, 4) == 0 ? "IfExists" : "";

    switch (kind) {
    case 0:
        buf_printf(out, "\"%s%s%s\":{\"%s\":", PICK(d, quantifiers), PICK(d, text_operators),
                   exists, roll(d, 3) == 0 ? "j" : "k");
        LIST(d, out, text_values);
        break;
    case 1:
        buf_printf(out, "\"%s%s%s\":{\"n\":", PICK(d, quantifiers), PICK(d, number_operators),
                   exists);
        LIST(d, out, number_values);
        break;
    case 2:
        buf_printf(out, "\"%s%s\":{\"t\":", PICK(d, date_operators), exists);
        LIST(d, out, date_values);
        break;
    case 3:
        buf_printf(out, "\"%s%s%s\":{\"i\":", PICK(d, quantifiers), PICK(d, ip_operators), exists);
        LIST(d, out, ip_values);
        break;
    default:
        buf_printf(out, "\"Null\":{\"%s\":[\"%s\"]", roll(d, 2) == 0 ? "k" : "n",
                   roll(d, 2) == 0 ? "true" : "false");
        break;
    }
    buf_add_char(out, '}');
}

static const char *const principals[] = {
    "\"*\"",
    "{\"AWS\":\"" A "\"}",
    "{\"AWS\":\"arn:aws:iam::" B ":root\"}",
    "{\"AWS\":\"arn:aws:iam::" A ":user/u\"}",
    "{\"AWS\":[\"arn:aws:iam::" A ":role/r\",\"" B "\"]}",
    "{\"AWS\":\"arn:aws:sts::" A ":assumed-role/r/s\"}",
    "{\"Service\":\"s.amazonaws.com\"}",
    "{\"Federated\":\"example.com\"}",
    "{\"AWS\":\"arn:aws:sts::" A ":federated-user/f\"}",
};

/* `wide`: conditions on all keys; else on one, so that they meet. */
static void statement_add(struct dice *d, buf *out, enum policy_kind kind, bool wide)
{
    uint32_t conditions = roll(d, 3), first = wide ? roll(d, 5) : 0;

    buf_printf(out, "{\"Effect\":\"%s\",\"%s\":", roll(d, 3) == 0 ? "Deny" : "Allow",
               roll(d, 5) == 0 ? "NotAction" : "Action");
    LIST(d, out, actions);
    if (kind != POLICY_TRUST) {
        buf_printf(out, ",\"%s\":", roll(d, 5) == 0 ? "NotResource" : "Resource");
        LIST(d, out, resources);
    }
    if (kind == POLICY_RESOURCE || kind == POLICY_TRUST || kind == POLICY_RCP) {
        buf_printf(out, ",\"%s\":%s", roll(d, 5) == 0 ? "NotPrincipal" : "Principal",
                   PICK(d, principals));
    }
    if (conditions > 0) {
        BUF_LIT(out, ",\"Condition\":{");
        condition_add(d, out, first);
        if (conditions > 1 && wide) {
            buf_add_char(out, ',');
            condition_add(d, out, (first + 1 + roll(d, 4)) % 5);
        }
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
}

static const struct analysis_set *set_make(struct dice *d, enum policy_kind kind, bool wide,
                                           struct arena *arena)
{
    struct policy_source *source = NEW(arena, struct policy_source);
    struct analysis_set *set = NEW(arena, struct analysis_set);
    buf text = buf_arena(arena, 1 << 16);
    uint32_t count = 1 + roll(d, 3);
    struct policy_refusal why;

    buf_printf(&text, "{\"Version\":\"20%s-10-17\",\"Statement\":[", roll(d, 6) == 0 ? "08" : "12");
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&text, i > 0 ? "," : " ");
        statement_add(d, &text, kind, wide);
    }
    BUF_LIT(&text, "]}");
    assert_int_equal(text.err, RC_OK);
    if (policy_parse_loosely(kind, buf_str(&text), arena, &source->doc, &why) != RC_OK) {
        fail_msg("%.*s: %.*s", FMT(buf_str(&text)), FMT(why.detail));
    }
    source->name = buf_str(&text); /* shown when something is wrong */
    *set = (struct analysis_set){ source, 1 };
    return set;
}

/* -- requests ---------------------------------------------------------------------------------- */

static const str all_actions[] = {
    STR_INIT("s3:Ga"),          STR_INIT("s3:Gb"),        STR_INIT("s3:P"), STR_INIT("kms:D"),
    STR_INIT("sts:AssumeRole"), STR_INIT("iam:PassRole"), STR_INIT("x:ga")
};
static const str all_resources[] = { STR_INIT("*"),
                                     STR_INIT("arn:aws:s3:::b"),
                                     STR_INIT("arn:aws:s3:::b/k"),
                                     STR_INIT("arn:aws:s3:::b/a"),
                                     STR_INIT("arn:aws:s3:::b/*"),
                                     STR_INIT("arn:aws:s3:::a/k"),
                                     STR_INIT("arn:x:s3:::b"),
                                     STR_INIT("arn:aws:kms:r:" A ":key/k"),
                                     STR_INIT("arn:aws:iam::" A ":role/r") };

#define TEXTS(...)                                                                                 \
    (const str[])                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define T(lit) STR_INIT(lit)
struct value {
    uint32_t count;
    bool many;
    str values[3];
};
static const struct value text_states[] = {
    { 0, false, { { 0 } } },        { 1, false, { T("") } },
    { 1, false, { T("a") } },       { 1, false, { T("A") } },
    { 1, false, { T("b") } },       { 1, false, { T("ab") } },
    { 1, false, { T("true") } },    { 1, false, { T("arn:aws:s3:::b") } },
    { 0, true, { { 0 } } },         { 1, true, { T("") } },
    { 1, true, { T("a") } },        { 2, true, { T("a"), T("b") } },
    { 2, true, { T(""), T("b") } },
};
static const struct value number_states[] = {
    { 0, false, { { 0 } } },     { 1, false, { T("1") } },        { 1, false, { T("1.25") } },
    { 1, false, { T("2.0") } },  { 1, false, { T("-1") } },       { 1, false, { T("9") } },
    { 1, false, { T("x") } },    { 2, true, { T("1"), T("2") } }, { 1, false, { T("-1.2") } },
    { 1, false, { T("-0.5") } },
};
static const struct value date_states[] = {
    { 0, false, { { 0 } } },           { 1, false, { T("2025-12-31T23:59:59.5Z") } },
    { 1, false, { T("2026-01-01") } }, { 1, false, { T("2026-01-01T00:00:00.5Z") } },
    { 1, false, { T("1767225601") } }, { 1, false, { T("2027") } },
    { 1, false, { T("x") } },
};
static const struct value ip_states[] = {
    { 0, false, { { 0 } } },
    { 1, false, { T("10.0.0.1") } },
    { 1, false, { T("10.200.0.1") } },
    { 1, false, { T("10.1.2.3") } },
    { 1, false, { T("192.0.2.1") } },
    { 1, false, { T("fd00::1") } },
    { 1, false, { T("2001:db8::1") } },
    { 1, false, { T("x") } },
    { 2, true, { T("10.1.2.3"), T("::1") } },
};

static const struct principal callers[] = {
    { .type = PRINCIPAL_USER, .account = T(A), .arn = T("arn:aws:iam::" A ":user/u") },
    { .type = PRINCIPAL_USER, .account = T(A), .arn = T("arn:aws:iam::" A ":user/v") },
    { .type = PRINCIPAL_USER, .account = T(B), .arn = T("arn:aws:iam::" B ":user/u") },
    { .type = PRINCIPAL_ROOT, .account = T(A), .arn = T("arn:aws:iam::" A ":root") },
    { .type = PRINCIPAL_ROLE_SESSION,
      .account = T(A),
      .arn = T("arn:aws:sts::" A ":assumed-role/r/s"),
      .role_arn = T("arn:aws:iam::" A ":role/r") },
    { .type = PRINCIPAL_ROLE_SESSION,
      .account = T(A),
      .arn = T("arn:aws:sts::" A ":assumed-role/r/t"),
      .role_arn = T("arn:aws:iam::" A ":role/r") },
    { .type = PRINCIPAL_FEDERATED_USER,
      .account = T(A),
      .arn = T("arn:aws:sts::" A ":federated-user/f"),
      .user_arn = T("arn:aws:iam::" A ":user/u") },
    { .type = PRINCIPAL_SERVICE, .arn = T("s.amazonaws.com") },
    { .type = PRINCIPAL_WEB_IDENTITY, .arn = T("example.com") },
    { .type = PRINCIPAL_ANONYMOUS },
};

struct universe { /* which part of all requests is walked through */
    const struct principal *callers;
    size_t caller_count;
    struct dice *dice; /* keys at random when all their combinations are too many */
    uint32_t samples;
};

static void context_fill(struct dice *d, struct context_entry context[5], size_t *count)
{
    const struct value *chosen[5] = { &PICK(d, text_states), &PICK(d, text_states),
                                      &PICK(d, number_states), &PICK(d, date_states),
                                      &PICK(d, ip_states) };
    static const char *const names[] = { "k", "j", "n", "t", "i" };

    *count = 0;
    for (int i = 0; i < 5; i++) {
        if (chosen[i]->count > 0 || chosen[i]->many) {
            context[(*count)++] = (struct context_entry){ str_cstr(names[i]), chosen[i]->values,
                                                          chosen[i]->count, chosen[i]->many };
        }
    }
}

/* A request the new stack allows and the old does not; false when there is none here. */
static bool violated(const struct policy_stack *old, const struct policy_stack *new,
                     const struct universe *u, struct policy_request *ret,
                     struct context_entry context[5])
{
    for (uint32_t i = 0; i < u->samples; i++) {
        const struct principal *p = &u->callers[roll(u->dice, (uint32_t)u->caller_count)];
        struct policy_request rq = { .principal = *p, .context = context };
        struct decision a, b;
        context_fill(u->dice, context, &rq.context_count);
        rq.action = PICK(u->dice, all_actions);
        rq.resource = PICK(u->dice, all_resources);
        rq.resource_account = roll(u->dice, 2) == 0 ? STR(A) : STR(B);
        policy_decide(new, &rq, &b);
        policy_decide(old, &rq, &a);
        if (b.result == DECIDED_ALLOW && a.result != DECIDED_ALLOW) {
            *ret = rq;
            return true;
        }
    }
    return false;
}

static const struct policy_set *compiled(const struct analysis_set *set, struct arena *arena)
{
    const struct policy_set *ret = NULL;

    if (set != NULL) {
        assert_ok(policy_compile(set->sources, set->count, arena, &ret));
    }
    return ret;
}

static void show(const struct analysis_stack *stack, const char *name)
{
    const struct analysis_set *sets[] = { stack->identity,
                                          stack->boundary,
                                          stack->session,
                                          stack->resource,
                                          stack->scp_count > 0 ? stack->scp[0] : NULL,
                                          stack->rcp_count > 0 ? stack->rcp[0] : NULL };
    static const char *const names[] = {
        "identity", "boundary", "session", "resource", "scp", "rcp"
    };

    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        if (sets[i] != NULL) {
            print_error("%s %s: %.*s\n", name, names[i], FMT(sets[i]->sources[0].name));
        }
    }
}

static void request_show(const struct policy_request *rq)
{
    print_error("principal %.*s, account %.*s: %.*s on %.*s\n", FMT(rq->principal.arn),
                FMT(rq->resource_account), FMT(rq->action), FMT(rq->resource));
    for (size_t i = 0; i < rq->context_count; i++) {
        print_error("  %.*s%s =", FMT(rq->context[i].key), rq->context[i].many ? " (list)" : "");
        for (uint32_t j = 0; j < rq->context[i].count; j++) {
            print_error(" \"%.*s\"", FMT(rq->context[i].values[j]));
        }
        print_error("\n");
    }
}

/* Little memory for each of many comparisons: meson fills what is allocated. */
static const struct analysis_options small = { .memory_max = (size_t)1 << 20 };

struct tally {
    unsigned proved, examples, unknown;
};

static void stacks_check(const struct analysis_stack *old, const struct analysis_stack *new,
                         const struct universe *u, const struct analysis_options *options,
                         struct arena *arena, struct tally *tally)
{
    const struct policy_set *scp[2], *rcp[2];
    const struct analysis_stack *const from[2] = { old, new };
    struct policy_stack to[2];
    struct analysis_result result;
    struct policy_request rq;
    struct context_entry context[5];

    for (int i = 0; i < 2; i++) {
        scp[i] = from[i]->scp_count > 0 ? compiled(from[i]->scp[0], arena) : NULL;
        rcp[i] = from[i]->rcp_count > 0 ? compiled(from[i]->rcp[0], arena) : NULL;
        to[i] = (struct policy_stack){ .identity = compiled(from[i]->identity, arena),
                                       .boundary = compiled(from[i]->boundary, arena),
                                       .session = compiled(from[i]->session, arena),
                                       .resource = compiled(from[i]->resource, arena),
                                       .scp = &scp[i],
                                       .scp_count = from[i]->scp_count,
                                       .rcp = &rcp[i],
                                       .rcp_count = from[i]->rcp_count };
    }
    assert_ok(analysis_compare(old, new, options, arena, &result));
    tally->proved += result.verdict == ANALYSIS_PROVED;
    tally->examples += result.verdict == ANALYSIS_COUNTEREXAMPLE;
    tally->unknown += result.verdict == ANALYSIS_UNKNOWN;
    if (result.verdict == ANALYSIS_PROVED && violated(&to[0], &to[1], u, &rq, context)) {
        show(old, "old");
        show(new, "new");
        request_show(&rq);
        fail_msg("a wrong proof");
    }
    assert_int_not_equal(result.reason, REASON_REQUEST);
    if (result.verdict == ANALYSIS_COUNTEREXAMPLE) {
        struct decision a, b;
        policy_decide(&to[0], &result.request, &a);
        policy_decide(&to[1], &result.request, &b);
        if (b.result != DECIDED_ALLOW || a.result == DECIDED_ALLOW) {
            show(old, "old");
            show(new, "new");
            request_show(&result.request);
            fail_msg("a wrong example");
        }
    }
}

static uint32_t rounds_of(uint32_t usual)
{
    const char *more = getenv("MANTLE_TEST_ROUNDS"); /* thousands, for a long run */

    return more == NULL ? usual : (uint32_t)strtoul(more, NULL, 10) * 1000;
}

static void identity_policies(void **state)
{
    struct dice dice = { 20261127 };
    struct tally tally = { 0, 0, 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, &heap, 1 << 16, (size_t)1 << 28);
    for (uint32_t i = 0; i < rounds_of(ROUNDS); i++) {
        bool wide = i % 2 == 0;
        struct universe u = { callers, 1, &dice, 600 };
        struct analysis_stack old = { 0 }, new = { 0 };
        old.identity = set_make(&dice, POLICY_IDENTITY, wide, &arena);
        new.identity = set_make(&dice, POLICY_IDENTITY, wide, &arena);
        stacks_check(&old, &new, &u, &small, &arena, &tally);
        arena_reset(&arena);
    }
    arena_done(&arena);
    print_message("# %u proved, %u examples, %u unknown\n", tally.proved, tally.examples,
                  tally.unknown);
    assert_true(tally.proved > rounds_of(ROUNDS) / 20 && tally.examples > rounds_of(ROUNDS) / 20);
    assert_true(tally.unknown < (tally.proved + tally.examples) / 20);
}

static void whole_stacks(void **state)
{
    struct dice dice = { 7 };
    struct tally tally = { 0, 0, 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, &heap, 1 << 16, (size_t)1 << 28);
    for (uint32_t i = 0; i < rounds_of(STACK_ROUNDS); i++) {
        const struct analysis_set *levels[4];
        const struct principal *p = &PICK(&dice, callers);
        struct universe u = { p, 1, &dice, 600 };
        struct analysis_options options = { .memory_max = small.memory_max, .principal = p };
        struct analysis_stack s[2];
        for (int j = 0; j < 2; j++) {
            s[j] = (struct analysis_stack){ .scp = &levels[j], .rcp = &levels[j + 2] };
            levels[j] = roll(&dice, 3) > 0 ? set_make(&dice, POLICY_SCP, false, &arena) : NULL;
            levels[j + 2] = set_make(&dice, POLICY_RCP, false, &arena);
            s[j].scp_count = roll(&dice, 4) == 0 ? 1 : 0;
            s[j].rcp_count = roll(&dice, 4) == 0 ? 1 : 0;
            s[j].identity = set_make(&dice, POLICY_IDENTITY, false, &arena);
            s[j].boundary = roll(&dice, 4) == 0 ? set_make(&dice, POLICY_IDENTITY, false, &arena)
                                                : NULL;
            s[j].session = roll(&dice, 4) == 0 ? set_make(&dice, POLICY_IDENTITY, false, &arena)
                                               : NULL;
            s[j].resource = roll(&dice, 2) == 0 ? set_make(&dice, POLICY_RESOURCE, false, &arena)
                                                : NULL;
        }
        stacks_check(&s[0], &s[1], &u, &options, &arena, &tally);
        arena_reset(&arena);
    }
    arena_done(&arena);
    print_message("# %u proved, %u examples, %u unknown\n", tally.proved, tally.examples,
                  tally.unknown);
    assert_true(tally.unknown < (tally.proved + tally.examples) / 20);
}

static void resource_policies(void **state)
{
    struct dice dice = { 99 };
    struct tally tally = { 0, 0, 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, &heap, 1 << 16, (size_t)1 << 28);
    for (uint32_t i = 0; i < rounds_of(STACK_ROUNDS / 3); i++) {
        struct universe u = { callers, COUNT_OF(callers), &dice, 1500 };
        enum policy_kind kind = i % 3 == 0 ? POLICY_TRUST : POLICY_RESOURCE;
        struct analysis_stack old = { 0 }, new = { 0 };
        old.resource = set_make(&dice, kind, false, &arena);
        new.resource = set_make(&dice, kind, false, &arena);
        stacks_check(&old, &new, &u, &small, &arena, &tally);
        arena_reset(&arena);
    }
    arena_done(&arena);
    print_message("# %u proved, %u examples, %u unknown\n", tally.proved, tally.examples,
                  tally.unknown);
    assert_true(tally.unknown < (tally.proved + tally.examples) / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_policies),
        cmocka_unit_test(whole_stacks),
        cmocka_unit_test(resource_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
