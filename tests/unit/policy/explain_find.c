/* Explanations are true: what they call missing, added to the policies, makes the request allowed;
 * all of it but one thing does not. On random cases; the same seeds in every run. */
#include <stdlib.h>

#include "cases.h"
#include "policy/explain.h"
#include "random_case.h"
#include "unit.h"

static struct arena arena;

static struct json *parse(str text)
{
    static const struct json_limits limits = { 32, 1u << 16, true };
    struct json *json;
    struct json_error at;

    if (json_parse(text, &limits, &arena, &json, &at) != RC_OK) {
        fail_msg("%u:%u: %s: %.*s", at.line, at.column, at.reason, FMT(text));
    }
    return json;
}

/* -- changing a case --------------------------------------------------------------------------- */

static void member_remove(struct json *object, const struct json *member)
{
    for (struct json **link = &object->first; *link != NULL; link = &(*link)->next) {
        if (*link == member) {
            *link = member->next;
            object->count--;
            return;
        }
    }
}

static void member_drop(struct json *object, str key)
{
    const struct json *member = json_member(object, key);

    if (member != NULL) {
        member_remove(object, member);
    }
}

static void child_add(struct json *parent, str key, const char *text)
{
    struct json *child = parse(arena_str(&arena, str_cstr(text)));

    child->key = key;
    child->parent = parent;
    child->next = parent->first;
    parent->first = child;
    parent->count++;
}

static struct json *statement_node(const struct eval_case *c, const struct policy_set *set,
                                   uint32_t statement)
{
    const struct case_document *document;
    struct statement_info info;
    struct json *list, *node;

    assert_true(policy_statement_info(set, statement, &info));
    document = case_document_find(c, info.policy_name);
    assert_non_null(document);
    list = (struct json *)json_member(document->json, STR("Statement"));
    if (list->type == JSON_OBJECT) {
        return list;
    }
    for (node = list->first; info.index > 0; info.index--) {
        node = node->next;
    }
    return node;
}

static void action_set(struct json *statement, const char *text)
{
    member_drop(statement, STR("Action"));
    member_drop(statement, STR("NotAction"));
    child_add(statement, STR("Action"), text);
}

static void condition_drop(struct json *statement, uint32_t index)
{
    struct json *block = (struct json *)json_member(statement, STR("Condition"));

    for (struct json *op = block->first; op != NULL; op = op->next) {
        for (struct json *key = op->first; key != NULL; key = key->next) {
            if (index-- == 0) {
                member_remove(op, key);
                return;
            }
        }
    }
    fail_msg("there is no such condition");
}

static void lack_meet(struct json *statement, const struct lack *lack)
{
    switch (lack->kind) {
    case LACK_ACTION:
        action_set(statement, "\"*\"");
        return;
    case LACK_RESOURCE:
        member_drop(statement, STR("Resource"));
        member_drop(statement, STR("NotResource"));
        child_add(statement, STR("Resource"), "\"*\"");
        return;
    case LACK_PRINCIPAL:
        member_drop(statement, STR("Principal"));
        member_drop(statement, STR("NotPrincipal"));
        child_add(statement, STR("Principal"), "\"*\"");
        return;
    case LACK_CONDITION:
        condition_drop(statement, lack->index);
        return;
    }
}

#define ALL(principal)                                                                             \
    "{\"Statement\":{\"Effect\":\"Allow\"," principal "\"Action\":\"*\",\"Resource\":\"*\"}}"

static struct json *level_node(struct json *list, uint32_t level)
{
    struct json *node = list->first;

    for (; level > 0; level--) {
        node = node->next;
    }
    return node;
}

/* A layer without anything that allows gets a policy that does. */
static void policy_add(struct json *policies, const struct shortfall *s)
{
    str name = policy_layer_name(s->layer);
    struct json *list = (struct json *)json_member(policies, name);
    bool listed = s->layer == LAYER_IDENTITY || s->layer == LAYER_SESSION;

    if (s->layer == LAYER_SCP) {
        child_add(level_node(list, s->level), STR_NONE, ALL(""));
    } else if (listed && list != NULL) {
        child_add(list, STR_NONE, ALL(""));
    } else {
        member_drop(policies, name);
        child_add(policies, name,
                  s->layer == LAYER_RESOURCE ? ALL("\"Principal\":\"*\",")
                  : listed                   ? "[" ALL("") "]"
                                             : ALL(""));
    }
}

/* Meets everything that is missing but the `spared`-th thing, and takes away what denies. */
static size_t change(struct json *root, const struct eval_case *c, const struct explanation *e,
                     size_t spared)
{
    struct json *policies = (struct json *)json_member(root, STR("policies"));
    size_t things = 0;

    for (size_t i = 0; i < e->match_count; i++) {
        const struct policy_match *m = &e->matches[i].match;
        if (m->deny) {
            action_set(statement_node(c, m->set, m->statement), "\"none:None\"");
        }
    }
    for (size_t i = 0; i < e->shortfall_count; i++) {
        const struct shortfall *s = &e->shortfalls[i];
        if (s->nearest.set == NULL) {
            if (things++ != spared) {
                policy_add(policies, s);
            }
            continue;
        }
        assert_true(s->nearest.lack_count > 0);
        for (size_t l = s->nearest.lack_count; l > 0; l--) { /* the last condition first */
            if (things++ != spared) {
                lack_meet(statement_node(c, s->nearest.set, s->nearest.statement),
                          &s->nearest.lacks[l - 1]);
            }
        }
    }
    return things;
}

/* -- the properties ---------------------------------------------------------------------------- */

struct tally {
    uint64_t denied, unchangeable, lacks;
};

static bool take(str text, struct json **ret_root, struct eval_case *ret)
{
    const char *problem;

    *ret_root = parse(text);
    return case_take(text, *ret_root, false, &arena, ret, &problem);
}

static size_t decide_changed(str text, size_t spared, enum decision_result *ret, str *ret_text)
{
    struct eval_case c;
    struct explanation e;
    struct decision decision;
    struct json *root;
    buf changed = buf_arena(&arena, 1u << 20);
    size_t things;

    assert_true(take(text, &root, &c));
    assert_ok(policy_explain(&c.stack, &c.request, &arena, &e));
    things = change(root, &c, &e, spared);
    json_print(root, false, &changed);
    assert_int_equal(changed.err, RC_OK);
    *ret_text = buf_str(&changed);
    assert_true(take(*ret_text, &root, &c));
    policy_decide(&c.stack, &c.request, &decision);
    *ret = decision.result;
    return things;
}

static void prints(const struct explanation *e)
{
    const struct explain_style style = { .colour = false };
    buf out = buf_arena(&arena, 1u << 22);
    struct json_out o = { .out = &out };

    assert_ok(explanation_text(e, &style, &out));
    for (size_t i = 0; i < out.len; i++) {
        assert_true(out.ptr[i] == '\n' || (unsigned char)out.ptr[i] >= 0x20);
    }
    buf_clear(&out);
    json_open(&o, '{');
    explanation_json(e, &style, &o);
    json_close(&o, '}');
    assert_int_equal(out.err, RC_OK);
    (void)parse(buf_str(&out));
}

/* fail_msg cuts its text short. */
static void show(str before, str after)
{
    (void)fprintf(stderr, "%.*s\n%.*s\n", FMT(before), FMT(after));
}

static void check(str text, uint64_t seed, struct tally *tally)
{
    struct eval_case c;
    struct explanation e;
    struct decision decision;
    enum decision_result changed;
    struct json *root;
    str changed_text;
    size_t things;

    if (!take(text, &root, &c)) {
        return;
    }
    policy_decide(&c.stack, &c.request, &decision);
    assert_ok(policy_explain(&c.stack, &c.request, &arena, &e));
    assert_memory_equal(&e.decision, &decision, sizeof(decision));
    prints(&e);
    if (decision.result == DECIDED_ALLOW) {
        assert_int_equal(e.shortfall_count, 0);
        assert_false(e.unchangeable);
        return;
    }
    tally->denied++;
    if (e.unchangeable) {
        assert_int_equal(e.shortfall_count, 0);
        tally->unchangeable++;
        return;
    }
    things = decide_changed(text, SIZE_MAX, &changed, &changed_text);
    if (changed != DECIDED_ALLOW) {
        show(text, changed_text);
        fail_msg("seed %llu: not allowed with all that was missing", (unsigned long long)seed);
    }
    tally->lacks += things;
    if (things > 0) {
        (void)decide_changed(text, seed % things, &changed, &changed_text);
        if (changed == DECIDED_ALLOW) {
            show(text, changed_text);
            fail_msg("seed %llu: allowed without the %zu-th of what was missing",
                     (unsigned long long)seed, (size_t)(seed % things));
        }
    }
}

static void what_is_missing_is_what_is_missing(void **state UNUSED)
{
    const char *count_text = getenv("MANTLE_RANDOM_CASES");
    uint64_t count = 10000;
    struct tally tally = { 0 };
    buf text = buf_heap(1u << 20);

    if (count_text != NULL) {
        assert_ok(str_to_u64(str_cstr(count_text), &count));
        count /= 10; /* each is decided many times over here */
    }
    arena_init(&arena, &heap, 1u << 18, 1u << 26);
    for (uint64_t seed = 1; seed <= count; seed++) {
        struct random r = { seed * UINT64_C(0xD1342543DE82EF95) };
        buf_clear(&text);
        random_case(&r, &text);
        arena_reset(&arena);
        check(buf_str(&text), seed, &tally);
    }
    print_message("# %llu denied, %llu of them for good, %llu things missing\n",
                  (unsigned long long)tally.denied, (unsigned long long)tally.unchangeable,
                  (unsigned long long)tally.lacks);
    assert_true(tally.lacks * 2 > count); /* the generator has not drifted away */
    buf_done(&text);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_missing_is_what_is_missing) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
