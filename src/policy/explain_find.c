/* Finding the explanation: which parts of which statements match, and what is nearest. */
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/operator.h"

enum { STATEMENT_DEPTH_MAX = JSON_DEPTH_MAX, DISTANCE_MAX = 1 << 20 };

/* -- statements as written --------------------------------------------------------------------- */

enum rc statement_source(const struct policy_set *set, uint32_t statement, struct arena *arena,
                         const struct json **ret, str *ret_text)
{
    static const struct json_limits limits = { STATEMENT_DEPTH_MAX, JSON_VALUES_MAX, false };
    struct json_error at;
    struct json *node;
    str text = set->origins[statement].text;
    enum rc rc;

    *ret = NULL;
    *ret_text = text;
    if (text.ptr == NULL) {
        return RC_OK;
    }
    rc = json_parse(text, &limits, arena, &node, &at);
    *ret = rc == RC_OK ? node : NULL;
    return rc == RC_NOMEM ? rc : RC_OK;
}

/* "X" or "NotX". */
static const struct json *element(const struct json *node, str yes, str no)
{
    const struct json *found = json_member(node, yes);

    return found != NULL ? found : json_member(node, no);
}

/* The i-th operator-key pair, in the order of conditions_compile. */
static const struct json *condition_node(const struct json *node, uint32_t index)
{
    const struct json *block = json_member(node, STR("Condition"));

    for (const struct json *op = block == NULL ? NULL : block->first; op != NULL; op = op->next) {
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            if (index-- == 0) {
                return key;
            }
        }
    }
    return NULL;
}

/* -- conditions -------------------------------------------------------------------------------- */

static str operator_text(const struct condition *c, struct arena *arena)
{
    static const str quantifiers[] = { [QUANTIFIER_NONE] = STR_INIT(""),
                                       [QUANTIFIER_ANY] = STR_INIT("ForAnyValue:"),
                                       [QUANTIFIER_ALL] = STR_INIT("ForAllValues:") };

    if (c->op == NULL) {
        return STR("(unknown operator)");
    }
    return arena_printf(arena, "%.*s%.*s%s", FMT(quantifiers[c->quantifier]), FMT(c->op->name),
                        c->if_exists ? "IfExists" : "");
}

static enum rc condition_see(const struct statement *statement, uint32_t index,
                             const struct json *node, const struct query *query,
                             struct arena *arena, struct condition_view *ret)
{
    const struct condition *c = &statement->conditions[index];
    const struct json *key = condition_node(node, index);

    *ret = (struct condition_view){
        .operator_name = key == NULL ? operator_text(c, arena) : key->parent->key,
        .key = key == NULL ? c->key : key->key,
        .wanted = key,
        .actual = context_find(query->rq, c->key),
        .holds = condition_holds(c, statement->effect, query),
        .known = c->op != NULL,
        .negated = c->op != NULL && c->op->negated,
        .asks_presence = c->op != NULL && c->op->type == OPERAND_NULL,
    };
    ret->list_needed = ret->actual != NULL && ret->actual->many && ret->known &&
                       !ret->asks_presence && c->quantifier == QUANTIFIER_NONE;
    return ret->operator_name.ptr == NULL ? RC_NOMEM : RC_OK;
}

/* -- one statement against the request --------------------------------------------------------- */

struct finder {
    const struct policy_request *rq;
    enum strength enough; /* how strongly a statement of the layer in hand has to name the caller */
    struct query query;
    struct arena *arena;
};

struct subject_statement { /* one statement being looked at */
    const struct policy_set *set;
    uint32_t index;
    bool action; /* its action part matches */
    const struct json *node;
};

static enum rc lacks_find(struct finder *f, struct subject_statement *s, const struct lack **ret,
                          size_t *ret_count)
{
    const struct statement *st = &s->set->statements[s->index];
    struct lack *lacks = NEW_ARRAY(f->arena, (size_t)st->condition_count + 3, struct lack);
    enum strength strength = who_strength(st, &f->query);
    size_t n = 0;

    if (lacks == NULL) {
        return RC_NOMEM;
    }
    if (!s->action) {
        lacks[n++] = (struct lack){ .kind = LACK_ACTION,
                                    .excluded = json_member(s->node, STR("NotAction")) != NULL,
                                    .wanted = element(s->node, STR("Action"), STR("NotAction")) };
    }
    if (!statement_resource(st, &f->query)) {
        lacks[n++] = (struct lack){ .kind = LACK_RESOURCE,
                                    .excluded = st->not_resource,
                                    .wanted = element(s->node, STR("Resource"),
                                                      STR("NotResource")) };
    }
    if (strength < f->enough) {
        lacks[n++] = (struct lack){
            .kind = LACK_PRINCIPAL,
            .excluded = st->who_part == WHO_NOT_LISTED && strength == STRENGTH_NONE,
            .named = strength != STRENGTH_NONE,
            .wanted = element(s->node, STR("Principal"), STR("NotPrincipal")),
        };
    }
    for (uint32_t i = 0; i < st->condition_count; i++) {
        if (!condition_holds(&st->conditions[i], st->effect, &f->query)) {
            lacks[n] = (struct lack){ .kind = LACK_CONDITION, .index = i };
            TRY(condition_see(st, i, s->node, &f->query, f->arena, &lacks[n].condition));
            n++;
        }
    }
    *ret = lacks;
    *ret_count = n;
    return RC_OK;
}

/* -- the nearest ------------------------------------------------------------------------------- */

/* How far a statement is: what is easiest to be meant counts least. Another service's statement is
 * hardly ever meant; among equals the pattern that shares the most with the request is nearer. */
static size_t common_prefix(str a, str b, bool nocase)
{
    size_t n = 0;

    while (n < a.len && n < b.len &&
           (nocase ? ascii_lower(a.ptr[n]) == ascii_lower(b.ptr[n]) : a.ptr[n] == b.ptr[n])) {
        n++;
    }
    return n;
}

static size_t closest(const struct json *list, str text, bool nocase)
{
    size_t best = 0;

    for (const struct json *v = list_first(list); v != NULL; v = list_next(list, v)) {
        size_t n = v->type == JSON_STRING ? common_prefix(v->text, text, nocase) : 0;
        best = n > best ? n : best;
    }
    return best < 255 ? best : 255;
}

static uint32_t distance(const struct finder *f, const struct lack *lacks, size_t count)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        size_t near = 0;
        switch (lacks[i].kind) {
        case LACK_CONDITION:
            sum += 0x400;
            break;
        case LACK_RESOURCE:
            near = closest(lacks[i].wanted, f->rq->resource, false);
            sum += 0x1000 + (uint32_t)(255 - near);
            break;
        case LACK_PRINCIPAL:
            sum += 0x1800;
            break;
        case LACK_ACTION:
            near = closest(lacks[i].wanted, f->rq->action, true);
            sum += (near >= f->query.service.len ? 0x2000 : 0x10000) + (uint32_t)(255 - near);
            break;
        }
    }
    return sum;
}

/* A lower bound of the distance, without the statement's text. */
static uint32_t nearest_possible(const struct finder *f, const struct statement *st, bool action)
{
    uint32_t sum = action ? 0 : 0x2000;

    sum += statement_resource(st, &f->query) ? 0 : 0x1000;
    sum += who_strength(st, &f->query) < f->enough ? 0x1800 : 0;
    for (uint32_t i = 0; i < st->condition_count; i++) {
        sum += condition_holds(&st->conditions[i], st->effect, &f->query) ? 0 : 0x400;
    }
    return sum;
}

/* Whether each statement's action part matches, in one pass over the index. */
static enum rc actions_see(struct finder *f, const struct policy_set *set, bool **ret)
{
    *ret = NEW_ARRAY(f->arena, set->count, bool);
    if (*ret == NULL) {
        return RC_NOMEM;
    }
    set_actions(set, &f->query, *ret);
    return RC_OK;
}

static enum rc nearest_find(struct finder *f, const struct policy_set *set, struct near_miss *ret)
{
    uint32_t best = UINT32_MAX;
    bool *action;

    *ret = (struct near_miss){ .set = NULL };
    if (set == NULL) {
        return RC_OK;
    }
    TRY(actions_see(f, set, &action));
    for (uint32_t i = 0; i < set->count; i++) {
        struct subject_statement s = { set, i, action[i], NULL };
        struct near_miss miss = { .set = set, .statement = i };
        str text;
        uint32_t far;
        if (set->statements[i].effect != EFFECT_ALLOW) {
            continue;
        }
        if (nearest_possible(f, &set->statements[i], action[i]) >= best) {
            continue; /* its text need not be read */
        }
        TRY(statement_source(set, i, f->arena, &s.node, &text));
        TRY(lacks_find(f, &s, &miss.lacks, &miss.lack_count));
        far = distance(f, miss.lacks, miss.lack_count);
        if (far < best) {
            best = far;
            *ret = miss;
        }
    }
    return RC_OK;
}

/* -- what applies ------------------------------------------------------------------------------ */

static enum rc match_see(struct finder *f, const struct policy_match *match,
                         struct explained_match *ret)
{
    const struct statement *st = &match->set->statements[match->statement];
    struct condition_view *views = NEW_ARRAY(f->arena, st->condition_count, struct condition_view);
    const struct json *node;
    str text;

    if (views == NULL) {
        return RC_NOMEM;
    }
    TRY(statement_source(match->set, match->statement, f->arena, &node, &text));
    for (uint32_t i = 0; i < st->condition_count; i++) {
        TRY(condition_see(st, i, node, &f->query, f->arena, &views[i]));
    }
    *ret = (struct explained_match){ *match, views, st->condition_count };
    return RC_OK;
}

static enum rc matches_see(struct finder *f, const struct policy_stack *stack,
                           struct explanation *e)
{
    size_t count = policy_matches(stack, f->rq, NULL, 0);
    struct policy_match *matches = NEW_ARRAY(f->arena, count, struct policy_match);
    struct explained_match *seen = NEW_ARRAY(f->arena, count, struct explained_match);

    if (matches == NULL || seen == NULL) {
        return RC_NOMEM;
    }
    (void)policy_matches(stack, f->rq, matches, count);
    for (size_t i = 0; i < count; i++) {
        TRY(match_see(f, &matches[i], &seen[i]));
    }
    e->matches = seen;
    e->match_count = count;
    return RC_OK;
}

/* -- what falls short -------------------------------------------------------------------------- */

/* What a layer would say if nothing denied: its strongest Allow, at every level. */
static void answer_undenied(const struct explanation *e, const struct policy_stack *stack,
                            enum policy_layer layer, struct layer_answer *ret)
{
    size_t levels = layer == LAYER_SCP ? stack->scp_count : 1;

    ret->result = DECIDED_ALLOW;
    ret->strength = STRENGTH_NONE;
    for (uint32_t level = 0; layer != LAYER_RCP && level < levels; level++) { /* D-21 */
        enum strength best = STRENGTH_NONE;
        for (size_t i = 0; i < e->match_count; i++) {
            const struct policy_match *m = &e->matches[i].match;
            if (m->layer == layer && m->level == level && !m->deny && m->strength > best) {
                best = m->strength;
            }
        }
        ret->strength = best > ret->strength ? best : ret->strength;
        if (best == STRENGTH_NONE) {
            ret->result = DECIDED_IMPLICIT_DENY;
        }
    }
}

static bool level_allows(const struct explanation *e, uint32_t level)
{
    for (size_t i = 0; i < e->match_count; i++) {
        const struct policy_match *m = &e->matches[i].match;
        if (m->layer == LAYER_SCP && m->level == level && !m->deny) {
            return true;
        }
    }
    return false;
}

static const struct policy_set *set_of(const struct policy_stack *stack, enum policy_layer layer)
{
    switch (layer) {
    case LAYER_RESOURCE:
        return stack->resource;
    case LAYER_ENDPOINT:
        return stack->endpoint;
    case LAYER_IDENTITY:
        return stack->identity;
    case LAYER_BOUNDARY:
        return stack->boundary;
    case LAYER_SESSION:
        return stack->session;
    case LAYER_NONE:
    case LAYER_RCP:
    case LAYER_SCP:
    case LAYER_SERVICE_RULE:
        break;
    }
    return NULL;
}

static enum rc shortfall_add(struct finder *f, enum policy_layer layer, uint32_t level,
                             const struct policy_set *set, const char *rule, struct shortfall *room,
                             size_t *count)
{
    struct shortfall *s = &room[(*count)++];

    *s = (struct shortfall){ layer, level, set == NULL, rule, { .set = NULL } };
    /* "*" or the name itself; not to be excluded is not enough. */
    f->enough = layer == LAYER_RESOURCE && f->rq->principal.type != PRINCIPAL_ANONYMOUS &&
                        !principal_has_identity(&f->rq->principal)
                    ? STRENGTH_DIRECT
                    : STRENGTH_ACCOUNT;
    return nearest_find(f, set, &s->nearest);
}

/* How strongly the layer grants once what is missing is met: a statement that names the account
 * still leaves it to the caller's own policies (D-45). */
static enum strength strength_met(const struct finder *f, const struct near_miss *miss)
{
    for (size_t i = 0; i < miss->lack_count; i++) {
        if (miss->lacks[i].kind == LACK_PRINCIPAL) {
            return STRENGTH_DIRECT;
        }
    }
    return miss->set == NULL ? STRENGTH_DIRECT
                             : who_strength(&miss->set->statements[miss->statement], &f->query);
}

/* Every level that lacks an Allow has to be met (D-10). */
static enum rc levels_add(struct finder *f, const struct explanation *e,
                          const struct policy_stack *stack, struct shortfall *room, size_t *count)
{
    for (uint32_t i = 0; i < stack->scp_count; i++) {
        if (!level_allows(e, i)) {
            TRY(shortfall_add(f, LAYER_SCP, i, stack->scp[i],
                              stack->scp[i] == NULL ? "D-11" : "D-10", room, count));
        }
    }
    return RC_OK;
}

/* Meets what is short, one layer after the other, until the decision would be to allow. */
static enum rc shortfalls_find(struct finder *f, const struct policy_stack *stack,
                               struct explanation *e)
{
    struct policy_answers answers = e->answers;
    struct shortfall *room = NEW_ARRAY(f->arena, stack->scp_count + LAYER_COUNT, struct shortfall);
    struct decision d = e->decision;
    bool met[LAYER_COUNT] = { false };

    if (room == NULL) {
        return RC_NOMEM;
    }
    e->shortfalls = room;
    while (d.result != DECIDED_ALLOW) {
        if (d.layer == LAYER_NONE || d.layer == LAYER_SERVICE_RULE || met[d.layer]) {
            e->unchangeable = true; /* nothing that stands in that layer would be enough */
            e->shortfall_count = 0;
            return RC_OK;
        }
        if (d.result == DECIDED_EXPLICIT_DENY) {
            answer_undenied(e, stack, d.layer, &answers.by_layer[d.layer]);
        } else {
            size_t first = e->shortfall_count;
            TRY(d.layer == LAYER_SCP ? levels_add(f, e, stack, room, &e->shortfall_count)
                                     : shortfall_add(f, d.layer, 0, set_of(stack, d.layer), d.rule,
                                                     room, &e->shortfall_count));
            answers.by_layer[d.layer] =
                (struct layer_answer){ .result = DECIDED_ALLOW,
                                       .asked = true,
                                       .strength = strength_met(f, &room[first].nearest) };
            met[d.layer] = true;
        }
        policy_combine(&answers, f->rq, &d);
    }
    return RC_OK;
}

enum rc policy_explain(const struct policy_stack *stack, const struct policy_request *request,
                       struct arena *arena, struct explanation *ret)
{
    struct finder f = { .rq = request, .arena = arena };
    struct explanation e = { .request = request };

    policy_decide(stack, request, &e.decision);
    if (!query_prepare(&f.query, request)) {
        e.unchangeable = true; /* D-6 */
        *ret = e;
        return RC_OK;
    }
    f.query.has_boundary = stack->boundary != NULL;
    policy_ask(stack, request, &e.answers);
    TRY(matches_see(&f, stack, &e));
    TRY(shortfalls_find(&f, stack, &e));
    *ret = e;
    return RC_OK;
}

enum rc statement_condition(const struct policy_set *set, uint32_t statement, uint32_t index,
                            const struct policy_request *request, struct arena *arena,
                            struct condition_view *ret)
{
    const struct json *node;
    struct query query;
    str text;

    TRY(statement_source(set, statement, arena, &node, &text));
    if (!query_prepare(&query, request)) {
        return RC_SYNTAX;
    }
    return condition_see(&set->statements[statement], index, node, &query, arena, ret);
}
