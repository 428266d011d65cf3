/* A whole question - documents of every layer, caller, context - in the format of the case files
 * (tests/policy): the engine and the slow evaluator of the unit tests, written from the rules alone,
 * come to the same result if every document is one that can be stored; asking every layer and
 * combining the answers does for all; and the statement named as deciding is one of those that
 * apply. (Of documents that no longer validate the slow one has no opinion.) */
#include "fuzz.h"

#include "slow.h"

enum { MATCHES_MAX = 256, TEXT_MAX = 20000 };

static void check_parts(const struct eval_case *c, const struct decision *whole)
{
    struct policy_match matches[MATCHES_MAX];
    struct policy_answers answers;
    struct decision parts;
    size_t count = policy_matches(&c->stack, &c->request, matches, MATCHES_MAX);
    bool listed = whole->set == NULL || count > MATCHES_MAX;

    policy_ask(&c->stack, &c->request, &answers);
    policy_combine(&answers, &c->request, &parts);
    REQUIRE(parts.result == whole->result && parts.layer == whole->layer);
    REQUIRE(parts.set == whole->set && parts.statement == whole->statement);
    for (size_t i = 0; i < count && !listed; i++) {
        listed = matches[i].layer == whole->layer && matches[i].set == whole->set &&
                 matches[i].statement == whole->statement &&
                 matches[i].deny == (whole->result == DECIDED_EXPLICIT_DENY);
    }
    REQUIRE(listed);
}

static void check(str text, const struct json *json, bool stored, struct arena *arena)
{
    struct decision fast = { .result = DECIDED_ALLOW };
    struct eval_case c;
    const char *problem;

    if (case_take(text, json, stored, arena, &c, &problem)) {
        policy_decide(&c.stack, &c.request, &fast);
        REQUIRE(!stored || slow_decide(&c) == fast.result);
        check_parts(&c, &fast);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_limits limits = { 32, 1u << 16 };
    str text = fuzz_text(data, size);
    struct arena arena;
    struct json *json;
    struct json_error at;

    if (size > TEXT_MAX) {
        return 0;
    }
    arena_init(&arena, &heap, 1u << 16, 1u << 27);
    if (json_parse(text, &limits, &arena, &json, &at) == RC_OK) {
        check(text, json, true, &arena);
        check(text, json, false, &arena);
    }
    arena_done(&arena);
    return 0;
}
