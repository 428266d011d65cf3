#include "policy/maybe.h"

#include "policy/decide.h"
#include "policy/operator.h"

struct asker {
    struct query query;
    const str *absent;
    size_t absent_count;
    struct arena *arena;
    struct maybe_match *room;
    size_t count;
    struct policy_answers worst, best; /* of those who want the request allowed */
};

static bool is_known(const struct asker *a, str key)
{
    if (context_find(a->query.rq, key) != NULL) {
        return true;
    }
    for (size_t i = 0; i < a->absent_count; i++) {
        bool prefix = str_ends(a->absent[i], STR("/"));
        if (prefix ? str_starts(key, a->absent[i]) : str_eq(key, a->absent[i])) {
            return true;
        }
    }
    return false;
}

static bool pattern_depends(const struct asker *a, const struct text_pattern *pattern)
{
    for (size_t i = 0; i < pattern->part_count; i++) {
        if (pattern->parts[i].kind == PART_VARIABLE && !is_known(a, pattern->parts[i].text)) {
            return true;
        }
    }
    return false;
}

/* On an unknown key, or with a value that has a variable of one. An unknown operator does not depend
 * on anything (C-9). */
static bool condition_depends(const struct asker *a, const struct condition *c)
{
    bool texts = c->op != NULL && (c->op->type == OPERAND_STRING || c->op->type == OPERAND_ARN ||
                                   c->op->type == OPERAND_BOOL);

    for (uint32_t i = 0; texts && i < c->value_count; i++) {
        if (pattern_depends(a, &c->values[i].text)) {
            return true;
        }
    }
    return c->op != NULL && !is_known(a, c->key);
}

static bool resource_depends(const struct asker *a, const struct statement *st)
{
    for (uint32_t i = 0; i < st->resource_count; i++) {
        if (pattern_depends(a, &st->resources[i].tail)) {
            return true;
        }
    }
    return false;
}

/* NO when a condition on known keys fails; DEPENDS when one depends on an unknown one. */
static enum maybe conditions_hold(const struct asker *a, const struct statement *st)
{
    enum maybe all = MAYBE_YES;

    for (uint32_t i = 0; i < st->condition_count; i++) {
        const struct condition *c = &st->conditions[i];
        if (condition_depends(a, c)) {
            all = MAYBE_DEPENDS;
        } else if (!condition_holds(c, st->effect, &a->query)) {
            return MAYBE_NO;
        }
    }
    return all;
}

static enum rc conditions_see(struct asker *a, const struct policy_set *set, uint32_t index,
                              struct maybe_match *match)
{
    const struct statement *st = &set->statements[index];
    struct condition_view *views = NEW_ARRAY(a->arena, st->condition_count, struct condition_view);

    if (views == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < st->condition_count; i++) {
        if (condition_depends(a, &st->conditions[i])) {
            TRY(statement_condition(set, index, i, a->query.rq, a->arena,
                                    &views[match->condition_count++]));
        }
    }
    match->conditions = views;
    return RC_OK;
}

static void count_in(struct layer_answer *answer, const struct maybe_match *m)
{
    if (m->match.deny) {
        answer->result = DECIDED_EXPLICIT_DENY;
    } else if (answer->result != DECIDED_EXPLICIT_DENY) {
        answer->result = DECIDED_ALLOW;
        if (m->match.strength <= answer->strength) {
            return;
        }
        answer->strength = m->match.strength;
    } else {
        return;
    }
    answer->set = m->match.set;
    answer->statement = m->match.statement;
}

static enum rc statement_ask(struct asker *a, enum policy_layer layer, const struct policy_set *set,
                             uint32_t index)
{
    const struct statement *st = &set->statements[index];
    struct maybe_match m = { .applies = conditions_hold(a, st),
                             .resource_depends = resource_depends(a, st) };

    m.applies = m.applies == MAYBE_YES && m.resource_depends ? MAYBE_DEPENDS : m.applies;
    m.match = (struct policy_match){ .layer = layer,
                                     .set = set,
                                     .statement = index,
                                     .deny = st->effect == EFFECT_DENY,
                                     .strength = who_strength(st, &a->query) };
    if (m.applies == MAYBE_NO || m.match.strength == STRENGTH_NONE ||
        (!m.resource_depends && !statement_resource(st, &a->query))) {
        return RC_OK;
    }
    TRY(conditions_see(a, set, index, &m));
    if (m.applies == MAYBE_YES || m.match.deny) {
        count_in(&a->worst.by_layer[layer], &m);
    }
    if (m.applies == MAYBE_YES || !m.match.deny) {
        count_in(&a->best.by_layer[layer], &m);
    }
    a->room[a->count++] = m;
    return RC_OK;
}

static enum rc set_ask(struct asker *a, enum policy_layer layer, const struct policy_set *set)
{
    bool *hits;

    if (set == NULL) {
        return RC_OK;
    }
    hits = NEW_ARRAY(a->arena, set->count, bool);
    if (hits == NULL) {
        return RC_NOMEM;
    }
    a->worst.by_layer[layer].asked = a->best.by_layer[layer].asked = true;
    set_actions(set, &a->query, hits);
    for (uint32_t i = 0; i < set->count; i++) {
        if (hits[i]) {
            TRY(statement_ask(a, layer, set, i));
        }
    }
    return RC_OK;
}

enum rc policy_maybe(const struct policy_stack *stack, const struct policy_request *request,
                     const str *absent, size_t absent_count, struct arena *arena,
                     struct maybe_decision *ret)
{
    struct asker a = { .absent = absent, .absent_count = absent_count, .arena = arena };
    bool own = principal_has_identity(&request->principal); /* */
    bool root = request->principal.type == PRINCIPAL_ROOT;  /* D-35 */
    const struct policy_set *identity = own ? stack->identity : NULL;
    const struct policy_set *boundary = own && !root ? stack->boundary : NULL;
    size_t room = (identity == NULL ? 0 : identity->count) +
                  (boundary == NULL ? 0 : boundary->count) +
                  (stack->resource == NULL ? 0 : stack->resource->count);
    struct decision worst;

    *ret = (struct maybe_decision){ .allowed = MAYBE_NO };
    a.room = NEW_ARRAY(arena, room, struct maybe_match);
    if (a.room == NULL) {
        return RC_NOMEM;
    }
    if (!query_prepare(&a.query, request)) {
        return RC_OK; /* D-6 */
    }
    a.query.has_boundary = stack->boundary != NULL;
    /* D-33: a federated user has nothing without a session policy. */
    a.worst.by_layer[LAYER_SESSION].asked = request->principal.type == PRINCIPAL_FEDERATED_USER;
    a.best.by_layer[LAYER_SESSION].asked = a.worst.by_layer[LAYER_SESSION].asked;
    TRY(set_ask(&a, LAYER_RESOURCE, stack->resource));
    TRY(set_ask(&a, LAYER_IDENTITY, identity));
    TRY(set_ask(&a, LAYER_BOUNDARY, boundary));
    policy_combine(&a.worst, request, &worst);
    policy_combine(&a.best, request, &ret->decision);
    ret->allowed = worst.result == DECIDED_ALLOW           ? MAYBE_YES
                   : ret->decision.result == DECIDED_ALLOW ? MAYBE_DEPENDS
                                                           : MAYBE_NO;
    ret->denied = ret->decision.result == DECIDED_EXPLICIT_DENY;
    ret->matches = a.room;
    ret->match_count = a.count;
    return RC_OK;
}
