/* The fast evaluator and the slow one agree on random cases. MANTLE_RANDOM_CASES says how many
 * (default 50,000), MANTLE_RANDOM_SEED where to begin. A disagreement is shrunk and printed as a
 * case. */
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

struct tally {
    uint64_t by_result[3], refused;
};

/* policy_decide stops at the first denial and counts on the order of its steps; asking all layers
 * and combining them must come to the same, and the deciding statement is one of all that apply. */
static bool parts_agree(const struct eval_case *c, const struct decision *whole)
{
    struct policy_answers answers;
    struct policy_match matches[256];
    struct decision parts;
    size_t count = policy_matches(&c->stack, &c->request, matches, COUNT_OF(matches));
    bool listed = whole->set == NULL || count > COUNT_OF(matches);

    policy_ask(&c->stack, &c->request, &answers);
    policy_combine(&answers, &c->request, &parts);
    for (size_t i = 0; i < count && !listed; i++) {
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
    tally->by_result[fast.result]++;
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

static void evaluators_agree(void **state UNUSED)
{
    uint64_t count = number_of("MANTLE_RANDOM_CASES", 50000);
    uint64_t first = number_of("MANTLE_RANDOM_SEED", 1);
    struct tally tally = { .refused = 0 };
    buf text = buf_heap(1u << 20);

    arena_init(&arena, &heap, 1u << 18, 1u << 26);
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct random r = { seed * UINT64_C(0xD1342543DE82EF95) };
        buf_clear(&text);
        random_case(&r, &text);
        assert_int_equal(text.err, RC_OK);
        arena_reset(&arena);
        if (!agree(buf_str(&text), &tally)) {
            report(seed, &text);
        }
    }
    print_message("%llu cases: %llu allow, %llu explicit deny, %llu implicit deny, %llu refused\n",
                  (unsigned long long)count, (unsigned long long)tally.by_result[DECIDED_ALLOW],
                  (unsigned long long)tally.by_result[DECIDED_EXPLICIT_DENY],
                  (unsigned long long)tally.by_result[DECIDED_IMPLICIT_DENY],
                  (unsigned long long)tally.refused);
    /* The generator must not drift to where nothing is decided. */
    assert_true(tally.by_result[DECIDED_ALLOW] * 20 > count);
    assert_true(tally.by_result[DECIDED_EXPLICIT_DENY] * 20 > count);
    assert_true(tally.refused * 5 < count);
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
