/* What a document says twice. */
#include "lint/walk.h"

/* Of two equal members the first stays. */
static bool is_covered(struct lint *l, const struct json *list, const struct json *item,
                       bool nocase, const struct json **ret_by)
{
    bool after = false;

    FOR_STRINGS(other, list)
    {
        if (other == item) {
            after = true;
            continue;
        }
        if (l->work++ >= WORK_MAX) {
            return false;
        }
        if (pattern_covers(other->text, item->text, nocase) &&
            !(after && pattern_covers(item->text, other->text, nocase))) {
            *ret_by = other;
            return true;
        }
    }
    return false;
}

static void check_list(struct lint *l, const struct json *list, bool nocase, enum lint_code code)
{
    const struct json *by;

    if (list == NULL || list->type != JSON_ARRAY) {
        return;
    }
    FOR_STRINGS(item, list)
    {
        if (is_covered(l, list, item, nocase, &by)) {
            report(l, code, item, "\"%.*s\" is covered by \"%.*s\".", FMT(item->text),
                   FMT(by->text));
        }
    }
}

/* Values in the same order and with the same spelling; white space aside. */
static bool same_value(const struct json *a, const struct json *b)
{
    const struct json *x, *y;

    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (a->type != b->type || !str_eq(a->text, b->text) || a->count != b->count) {
        return false;
    }
    for (x = a->first, y = b->first; x != NULL && y != NULL; x = x->next, y = y->next) {
        if (!str_eq(x->key, y->key) || !same_value(x, y)) {
            return false;
        }
    }
    return x == NULL && y == NULL;
}

static bool same_statement(const struct json *a, const struct json *b)
{
    static const str elements[] = { STR_INIT("Effect"),       STR_INIT("Principal"),
                                    STR_INIT("NotPrincipal"), STR_INIT("Action"),
                                    STR_INIT("NotAction"),    STR_INIT("Resource"),
                                    STR_INIT("NotResource"),  STR_INIT("Condition") };

    for (size_t i = 0; i < COUNT_OF(elements); i++) {
        if (!same_value(json_member(a, elements[i]), json_member(b, elements[i]))) {
            return false;
        }
    }
    return true;
}

static void check_statements(struct lint *l)
{
    for (size_t i = 1; i < l->statement_count; i++) {
        const struct json *node = l->statements[i].node;
        for (size_t j = 0; j < i && node->type == JSON_OBJECT && l->work++ < WORK_MAX; j++) {
            const struct json *earlier = l->statements[j].node;
            if (earlier->type == JSON_OBJECT && same_statement(earlier, node)) {
                report(l, LINT_REDUNDANT_STATEMENT, node, "The statement in line %u says the same.",
                       earlier->span.line);
                break;
            }
        }
    }
}

void check_redundancy(struct lint *l)
{
    for (size_t i = 0; i < l->statement_count; i++) {
        check_list(l, l->statements[i].actions, true, LINT_REDUNDANT_ACTION);
        check_list(l, l->statements[i].resources, false, LINT_REDUNDANT_RESOURCE);
    }
    check_statements(l);
}
