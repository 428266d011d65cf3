/* The fast evaluator and the slow one agree on random cases. MANTLE_RANDOM_CASES says how many
 * (default 100,000; CI takes a million), MANTLE_RANDOM_SEED where to begin. A disagreement is shrunk
 * and printed as a case. Every rule that can decide has to have decided some case, and every kind of
 * caller and layer has to have been met. */
#include <stdlib.h>

#include "random_case.h"
#include "slow.h"
#include "unit.h"

static struct arena arena;

static struct json *parse(str text)
{
    static const struct json_limits limits = { 32, 1u << 16 };
    struct json *json;
    struct json_error at;

    return json_parse(text, &limits, &arena, &json, &at) == RC_OK ? json : NULL;
}

/* Every rule that policy_decide can name but D-1, which is there before anything is decided. */
static const char *const deciding_rules[] = {
    "D-2",  "D-6",  "D-10", "D-11", "D-30", "D-31", "D-33", "D-35", "D-41", "D-42",
    "D-43", "D-44", "X-1",  "X-3",  "X-4",  "X-10", "X-11", "X-20", "X-21", "X-22",
    "X-23", "X-24", "X-25", "X-26", "X-27", "X-28", "X-29", "X-30",
};

struct tally {
    uint64_t by_result[3], refused;
    uint64_t by_rule[COUNT_OF(deciding_rules)], unknown_rule;
    uint64_t by_layer[LAYER_COUNT], by_caller[PRINCIPAL_SAML + 1];
};

static void count(struct tally *tally, const struct eval_case *c, const struct decision *d)
{
    size_t i = 0;

    tally->by_result[d->result]++;
    tally->by_layer[d->layer]++;
    tally->by_caller[c->request.principal.type]++;
    while (i < COUNT_OF(deciding_rules) && strcmp(deciding_rules[i], d->rule) != 0) {
        i++;
    }
    if (i < COUNT_OF(deciding_rules)) {
        tally->by_rule[i]++;
    } else {
        tally->unknown_rule++;
        print_message("decided by %s\n", d->rule);
    }
}

/* policy_decide stops at the first denial and counts on the order of its steps; asking all layers
 * and combining them must come to the same, and the deciding statement is one of all that apply. */
static bool parts_agree(const struct eval_case *c, const struct decision *whole)
{
    struct policy_answers answers;
    struct policy_match matches[256];
    struct decision parts;
    size_t found = policy_matches(&c->stack, &c->request, matches, COUNT_OF(matches));
    bool listed = whole->set == NULL || found > COUNT_OF(matches);

    policy_ask(&c->stack, &c->request, &answers);
    policy_combine(&answers, &c->request, &parts);
    for (size_t i = 0; i < found && !listed; i++) {
        listed = matches[i].layer == whole->layer && matches[i].set == whole->set &&
                 matches[i].statement == whole->statement &&
                 matches[i].deny == (whole->result == DECIDED_EXPLICIT_DENY);
    }
    return listed && parts.result == whole->result && parts.layer == whole->layer &&
           parts.set == whole->set && parts.statement == whole->statement &&
           strcmp(parts.rule, whole->rule) == 0;
}

/* True when both agree, or the text is no case at all. */
static bool agree(str text, struct tally *tally)
{
    struct eval_case c;
    struct decision fast;
    const struct json *json = parse(text);
    const char *problem;
    enum decision_result slow;

    if (json == NULL || !case_take(text, json, false, &arena, &c, &problem)) {
        tally->refused++;
        return true;
    }
    slow = slow_decide(&c);
    policy_decide(&c.stack, &c.request, &fast);
    count(tally, &c, &fast);
    return slow == fast.result && parts_agree(&c, &fast);
}

/* -- shrinking --------------------------------------------------------------------------------- */

static struct json *node_at(struct json *json, size_t *countdown, struct json **ret_parent)
{
    for (struct json *child = json->first; child != NULL; child = child->next) {
        struct json *found;
        if ((*countdown)-- == 0) {
            *ret_parent = json;
            return child;
        }
        found = node_at(child, countdown, ret_parent);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static void unlink_child(struct json *parent, const struct json *child)
{
    struct json **link = &parent->first;

    while (*link != child) {
        link = &(*link)->next;
    }
    *link = child->next;
    parent->count--;
}

/* Tries without the i-th node; true when the disagreement stays, and *text is then the smaller. */
static bool try_without(buf *text, size_t i, bool *ret_end)
{
    struct json *parent = NULL, *root, *node;
    struct tally ignored = { .refused = 0 };
    buf smaller = buf_heap(1u << 20);
    bool better;

    arena_reset(&arena);
    root = parse(buf_str(text));
    node = node_at(root, &i, &parent);
    *ret_end = node == NULL;
    if (node == NULL) {
        buf_done(&smaller);
        return false;
    }
    unlink_child(parent, node);
    json_print(root, false, &smaller);
    arena_reset(&arena);
    better = smaller.err == RC_OK && !agree(buf_str(&smaller), &ignored);
    if (better) {
        buf_done(text);
        *text = smaller;
    } else {
        buf_done(&smaller);
    }
    return better;
}

static void shrink(buf *text)
{
    bool smaller = true, end;

    while (smaller) {
        smaller = false;
        end = false;
        for (size_t i = 0; !end; i++) {
            if (try_without(text, i, &end)) {
                smaller = true;
                i--;
            }
        }
    }
}

static void report(uint64_t seed, buf *text)
{
    struct eval_case c;
    struct decision fast;
    const struct json *json;
    const char *problem;

    shrink(text);
    arena_reset(&arena);
    json = parse(buf_str(text));
    assert_true(case_take(buf_str(text), json, false, &arena, &c, &problem));
    policy_decide(&c.stack, &c.request, &fast);
    fail_msg("seed %llu: fast says %s by %s, slow says %s:\n%.*s", (unsigned long long)seed,
             result_name(fast.result), fast.rule, result_name(slow_decide(&c)), FMT(buf_str(text)));
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t n;

    return text != NULL && str_to_u64(str_cstr(text), &n) == RC_OK ? n : otherwise;
}

static void tally_print(const struct tally *t)
{
    print_message("%llu allow, %llu explicit deny, %llu implicit deny, %llu refused\n",
                  (unsigned long long)t->by_result[DECIDED_ALLOW],
                  (unsigned long long)t->by_result[DECIDED_EXPLICIT_DENY],
                  (unsigned long long)t->by_result[DECIDED_IMPLICIT_DENY],
                  (unsigned long long)t->refused);
    for (size_t i = 0; i < COUNT_OF(deciding_rules); i++) {
        print_message("%s: %llu\n", deciding_rules[i], (unsigned long long)t->by_rule[i]);
    }
}

/* The generator must not drift to where nothing is decided, or not by all rules. */
static void tally_check(const struct tally *t, uint64_t cases)
{
    assert_true(t->by_result[DECIDED_ALLOW] * 20 > cases);
    assert_true(t->by_result[DECIDED_EXPLICIT_DENY] * 20 > cases);
    assert_true(t->refused * 5 < cases);
    assert_int_equal(t->unknown_rule, 0);
    for (size_t i = 0; i < COUNT_OF(deciding_rules); i++) {
        if (t->by_rule[i] == 0) {
            fail_msg("no case was decided by %s", deciding_rules[i]);
        }
    }
    for (size_t i = 0; i < COUNT_OF(t->by_layer); i++) {
        assert_true(t->by_layer[i] > 0);
    }
    for (size_t i = 0; i < COUNT_OF(t->by_caller); i++) {
        assert_true(t->by_caller[i] > 0);
    }
}

static void evaluators_agree(void **state UNUSED)
{
    uint64_t cases = number_of("MANTLE_RANDOM_CASES", 100000);
    uint64_t first = number_of("MANTLE_RANDOM_SEED", 1);
    struct tally tally = { .refused = 0 };
    buf text = buf_heap(1u << 20);

    arena_init(&arena, &heap, 1u << 18, 1u << 26);
    for (uint64_t seed = first; seed < first + cases; seed++) {
        struct random r = { seed * UINT64_C(0xD1342543DE82EF95) };
        buf_clear(&text);
        random_case(&r, &text);
        assert_int_equal(text.err, RC_OK);
        arena_reset(&arena);
        if (!agree(buf_str(&text), &tally)) {
            report(seed, &text);
        }
    }
    print_message("seeds %llu to %llu\n", (unsigned long long)first,
                  (unsigned long long)(first + cases - 1));
    tally_print(&tally);
    if (cases >= 50000) {
        tally_check(&tally, cases);
    }
    buf_done(&text);
    arena_done(&arena);
}

/* The slow one, too, has to be right about every written case. */
static void slow_passes_the_cases(void **state UNUSED)
{
    static const char *const files[] = { "eval-cases",     "statement-cases", "principal-cases",
                                         "variable-cases", "condition-cases", "layer-cases" };
    const char *root = getenv("MANTLE_SOURCE_ROOT");
    int failed = 0;

    arena_init(&arena, &heap, 1u << 18, 1u << 28);
    for (size_t f = 0; f < COUNT_OF(files); f++) {
        char path[1024];
        struct json *json;
        str text;
        (void)snprintf(path, sizeof(path), "%s/tests/policy/%s.json", root == NULL ? "." : root,
                       files[f]);
        assert_ok(file_read(path, &arena, &text));
        json = parse(text);
        assert_non_null(json);
        for (const struct json *c = json_member(json, STR("cases"))->first; c != NULL;
             c = c->next) {
            struct eval_case one;
            const char *problem;
            /* The slow one knows no unique ids (P-13). */
            bool by_id = json_member(json_member(json_member(c, STR("request")), STR("principal")),
                                     STR("unique_id")) != NULL;
            assert_true(case_take(text, c, false, &arena, &one, &problem));
            if (!by_id && slow_decide(&one) != one.expect) {
                print_message("%.*s: slow says %s\n", FMT(one.id), result_name(slow_decide(&one)));
                failed++;
            }
        }
    }
    arena_done(&arena);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_passes_the_cases),
        cmocka_unit_test(evaluators_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
