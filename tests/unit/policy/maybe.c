/* With some context keys hidden, an answer of yes or no is true of every request that fits. On
 * random cases: the request with all its keys is one of those. */
#include "policy/maybe.h"

#include "cases.h"
#include "random_case.h"
#include "unit.h"

enum { CASES = 20000 };

static struct arena arena;

static const str keys[] = {
    STR_INIT("aws:username"),
    STR_INIT("aws:principaltag/team"),
    STR_INIT("aws:tagkeys"),
    STR_INIT("aws:sourceip"),
    STR_INIT("aws:currenttime"),
    STR_INIT("aws:securetransport"),
    STR_INIT("n"),
    STR_INIT("arn"),
    STR_INIT("nothing"),
    /* what "${*, 'x'}" and its siblings ask for: no request has such a key */
    STR_INIT("*"),
    STR_INIT("?"),
    STR_INIT("$"),
    STR_INIT("${aws:username"),
};

static bool has(const struct policy_request *rq, str key)
{
    for (size_t i = 0; i < rq->context_count; i++) {
        if (str_eq_nocase(rq->context[i].key, key)) {
            return true;
        }
    }
    return false;
}

/* `percent` of the keys stay known. */
static void ask(struct random *r, uint32_t percent, const struct policy_stack *stack,
                const struct policy_request *whole, struct maybe_decision *ret)
{
    struct context_entry *entries = NEW_ARRAY(&arena, whole->context_count, struct context_entry);
    struct policy_request rq = *whole;
    str absent[COUNT_OF(keys)];
    size_t absent_count = 0;

    rq.context = entries;
    rq.context_count = 0;
    for (size_t i = 0; i < whole->context_count; i++) {
        if (random_chance(r, percent)) {
            entries[rq.context_count++] = whole->context[i];
        }
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (!has(whole, keys[i]) && random_chance(r, percent)) {
            absent[absent_count++] = keys[i];
        }
    }
    assert_ok(policy_maybe(stack, &rq, absent, absent_count, &arena, ret));
}

static void answers_are_true_of_every_request(void **state UNUSED)
{
    static const struct json_limits limits = { 32, 1u << 16, true };
    uint64_t by_answer[3] = { 0 };
    buf text = buf_heap(1u << 20);

    arena_init(&arena, &heap, 1u << 18, 1u << 26);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct random r = { seed * UINT64_C(0xD1342543DE82EF95) };
        struct eval_case c;
        struct decision real;
        struct maybe_decision some, all;
        struct policy_stack stack;
        struct json *json;
        struct json_error at;
        const char *problem;

        arena_reset(&arena);
        buf_clear(&text);
        random_case(&r, &text);
        assert_ok(json_parse(buf_str(&text), &limits, &arena, &json, &at));
        if (!case_take(buf_str(&text), json, false, &arena, &c, &problem)) {
            continue;
        }
        stack = (struct policy_stack){ .identity = c.stack.identity,
                                       .boundary = c.stack.boundary,
                                       .resource = c.stack.resource };
        policy_decide(&stack, &c.request, &real);
        ask(&r, 60, &stack, &c.request, &some);
        by_answer[some.allowed]++;
        if ((some.allowed == MAYBE_YES && real.result != DECIDED_ALLOW) ||
            (some.allowed == MAYBE_NO && real.result == DECIDED_ALLOW) ||
            (some.denied && real.result != DECIDED_EXPLICIT_DENY)) {
            (void)fprintf(stderr, "%.*s\n", FMT(buf_str(&text)));
            fail_msg("seed %llu: answer %d, and the request is decided %s",
                     (unsigned long long)seed, (int)some.allowed, result_name(real.result));
        }
        ask(&r, 100, &stack, &c.request, &all);
        assert_int_not_equal(all.allowed, MAYBE_DEPENDS);
        assert_int_equal(all.allowed == MAYBE_YES, real.result == DECIDED_ALLOW);
    }
    print_message("# %llu no, %llu depend, %llu yes\n", (unsigned long long)by_answer[MAYBE_NO],
                  (unsigned long long)by_answer[MAYBE_DEPENDS],
                  (unsigned long long)by_answer[MAYBE_YES]);
    assert_true(by_answer[MAYBE_DEPENDS] * 100 > CASES && by_answer[MAYBE_YES] * 50 > CASES);
    buf_done(&text);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(answers_are_true_of_every_request) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
