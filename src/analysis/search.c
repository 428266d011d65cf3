/* The search: a tableau over the formula. What must hold is asserted to the dimension it speaks of,
 * which keeps an example that meets everything asserted so far and looks for another only when the
 * example fails; what may hold in several ways waits, and is decided only when the examples do not
 * meet it as they are. Dimensions do not touch each other: when the examples meet everything, they
 * are the request. */
#include "analysis/search.h"

#include <string.h>

#include "analysis/facts.h"

struct wait { /* something that may hold in several ways; a list */
    const struct wait *next;
    const struct node *node;
    bool sign;
};

/* -- the tableau ------------------------------------------------------------------------------- */

static bool assert_node(struct search *s, const struct node *node, bool sign,
                        const struct wait **list);

static bool wait_add(struct search *s, const struct node *node, bool sign, const struct wait **list)
{
    struct wait *wait = WORK_PUSH(s->work, 1, struct wait);

    if (wait == NULL) {
        return fact_settled(s, VERDICT_OPEN);
    }
    *wait = (struct wait){ *list, node, sign };
    *list = wait;
    return true;
}

static bool assert_atom(struct search *s, const struct node *node, bool sign,
                        const struct wait **list)
{
    enum truth truth = fact_atom(s, node->atom);

    if (!sign) {
        return fact_assert_no(s, node->atom);
    }
    if (truth != TRUTH_OPEN) {
        return truth == TRUTH_YES;
    }
    return node->atom->count == 1 ? fact_assert_yes(s, node->atom, &node->atom->patterns[0])
                                  : wait_add(s, node, sign, list);
}

static bool assert_node(struct search *s, const struct node *node, bool sign,
                        const struct wait **list)
{
    enum truth truth;

    switch (node->kind) {
    case NODE_FALSE:
        return !sign;
    case NODE_TRUE:
        return sign;
    case NODE_FREE:
        return true;
    case NODE_ATOM:
        return assert_atom(s, node, sign, list);
    case NODE_TEST:
        return fact_assert_test(s, node->test, sign);
    case NODE_NOT:
        return assert_node(s, node->kids[0], !sign, list);
    case NODE_AND:
    case NODE_OR:
        break;
    }
    if ((node->kind == NODE_AND) == sign) {
        for (uint32_t i = 0; i < node->count; i++) {
            if (!assert_node(s, node->kids[i], sign, list)) {
                return false;
            }
        }
        return true;
    }
    truth = fact_truth(s, node, sign);
    return truth != TRUTH_OPEN ? truth == TRUTH_YES : wait_add(s, node, sign, list);
}

/* What may still hold of a node that waits: kids of a node, or patterns of an atom. */
static uint32_t ways_of(const struct wait *wait)
{
    return wait->node->kind == NODE_ATOM ? wait->node->atom->count : wait->node->count;
}

static bool way_possible(struct search *s, const struct wait *wait, uint32_t way)
{
    if (wait->node->kind == NODE_ATOM) {
        const struct text_dimension *d = &s->texts[wait->node->atom->dimension];
        for (uint32_t i = 0; i < d->yes_count; i++) {
            if (patterns_apart(d->yes[i], &wait->node->atom->patterns[way])) {
                return false;
            }
        }
        return true;
    }
    return fact_truth(s, wait->node->kids[way], wait->sign) != TRUTH_NO;
}

static bool way_assert(struct search *s, const struct wait *wait, uint32_t way,
                       const struct wait **list)
{
    return wait->node->kind == NODE_ATOM
               ? fact_assert_yes(s, wait->node->atom, &wait->node->atom->patterns[way])
               : assert_node(s, wait->node->kids[way], wait->sign, list);
}

/* Lower is decided earlier: which statement grants, what it names, and only then how all the others
 * are avoided, where by now most are out of question. */
static uint32_t rank_of(const struct wait *wait)
{
    if (wait->node->kind == NODE_ATOM) {
        return wait->node->atom->dimension == DIMENSION_ACTION ? 1 : 2;
    }
    return wait->node->kind == NODE_OR && wait->sign ? 0 : 3;
}

struct pick {
    const struct wait *wait;
    uint64_t score;
    bool failed; /* something can no longer hold */
};

/* The next to decide: only what the examples do not meet as they are. What holds already, whatever
 * becomes of the examples, is dropped. */
static struct pick pick_next(struct search *s, const struct wait *list, const struct wait **rest)
{
    struct pick best = { NULL, UINT64_MAX, false };
    const struct wait *kept = NULL;

    for (const struct wait *w = list; w != NULL && !best.failed; w = w->next) {
        enum truth truth = fact_truth(s, w->node, w->sign);
        uint32_t ways = 0;
        uint64_t score;
        if (truth == TRUTH_YES) {
            continue;
        }
        if (!wait_add(s, w->node, w->sign, &kept)) {
            best.failed = true;
        }
        if (truth == TRUTH_OPEN && fact_examples_meet(s, w->node, w->sign)) {
            continue;
        }
        for (uint32_t i = 0; truth == TRUTH_OPEN && i < ways_of(w); i++) {
            ways += way_possible(s, w, i) ? 1 : 0;
        }
        (void)work_step(s->work, 1 + ways_of(w));
        best.failed = ways == 0;
        score = ways <= 1 ? 0 : ((uint64_t)(rank_of(w) + 1) << 32) + ways;
        if (score <= best.score) {
            best.score = score;
            best.wait = w;
        }
    }
    *rest = kept;
    return best;
}

/* Literals that the same atoms contain lead to the same searches: where one was no way, the others
 * are none. Kept are the rows (see within) of those tried. */
struct tried {
    const uint8_t **rows;
    uint32_t count;
};

static bool row_complete(struct search *s, const struct atom *atom, const struct pattern *p)
{
    for (uint32_t i = 0; i < s->model->atom_count; i++) {
        if (s->atoms[i] != NULL && s->atoms[i]->dimension == atom->dimension &&
            fact_within(s, p, s->atoms[i]) == TRUTH_OPEN) {
            return false;
        }
    }
    return true;
}

static bool tried_before(struct search *s, const struct tried *tried, const struct pattern *p)
{
    for (uint32_t i = 0; i < tried->count; i++) {
        if (memcmp(p->within, tried->rows[i], s->model->atom_count) == 0) {
            return true;
        }
    }
    return false;
}

static enum verdict finish(struct search *s)
{
    struct key_state *keys = WORK_NEW(s->work, s->model->key_count + 1u, struct key_state);
    const struct text_dimension *action = &s->texts[DIMENSION_ACTION];
    static const uint32_t star = '*';

    if (keys == NULL) {
        return VERDICT_OPEN;
    }
    for (uint32_t i = 0; i < s->model->key_count; i++) {
        if (s->keys[i].open) {
            s->open = true;
            return VERDICT_NO;
        }
        keys[i] = s->keys[i].example;
    }
    *s->out = (struct solution){
        .action = action->example,
        .resource = s->star ? (struct letters){ &star, 1 } : s->texts[DIMENSION_RESOURCE].example,
        .action_pattern = action->yes_count > 0 ? action->yes[0] : NULL,
        .keys = keys,
    };
    return VERDICT_YES;
}

static enum verdict solve(struct search *s, const struct wait *list);

/* The list without what was picked: the way chosen stands for it from now on. */
static bool list_without(struct search *s, const struct wait *list, const struct wait *picked,
                         const struct wait **ret)
{
    *ret = NULL;
    for (const struct wait *w = list; w != NULL; w = w->next) {
        if ((w->node != picked->node || w->sign != picked->sign) &&
            !wait_add(s, w->node, w->sign, ret)) {
            return false;
        }
    }
    return true;
}

/* One way of what was picked, and all that follows from it. */
static enum verdict way_solve(struct search *s, const struct wait *wait, uint32_t way,
                              const struct wait *rest, struct tried *tried)
{
    const struct pattern *p = wait->node->kind == NODE_ATOM ? &wait->node->atom->patterns[way]
                                                            : NULL;
    bool complete = p != NULL && p->literal && row_complete(s, wait->node->atom, p);

    if (complete && tried_before(s, tried, p)) {
        return VERDICT_NO;
    }
    if (!way_assert(s, wait, way, &rest)) {
        return VERDICT_NO;
    }
    if (complete) { /* it meets what was asserted, so those like it can do no more */
        tried->rows[tried->count++] = p->within;
    }
    return solve(s, rest);
}

static enum verdict solve(struct search *s, const struct wait *list)
{
    struct tried tried = { NULL, 0 };
    const struct wait *rest;
    struct pick pick;

    if (!work_step(s->work, 1)) {
        return VERDICT_OPEN;
    }
    pick = pick_next(s, list, &rest);
    if (s->work->stop != STOP_NONE) {
        return VERDICT_OPEN;
    }
    if (pick.failed || pick.wait == NULL) {
        return pick.failed ? VERDICT_NO : finish(s);
    }
    if (!list_without(s, rest, pick.wait, &rest)) {
        return VERDICT_OPEN;
    }
    tried.rows = WORK_PUSH(s->work, ways_of(pick.wait), const uint8_t *);
    for (uint32_t way = 0; tried.rows != NULL && way < ways_of(pick.wait); way++) {
        uint32_t mark = s->trail_count;
        size_t used = s->work->used;
        enum verdict verdict;
        if (!way_possible(s, pick.wait, way)) {
            continue;
        }
        verdict = way_solve(s, pick.wait, way, rest, &tried);
        if (verdict == VERDICT_YES || s->work->stop != STOP_NONE) {
            return verdict == VERDICT_YES ? verdict : VERDICT_OPEN;
        }
        fact_undo_to(s, mark);
        s->work->used = used;
    }
    return s->work->stop == STOP_NONE ? VERDICT_NO : VERDICT_OPEN;
}

/* -- beginning --------------------------------------------------------------------------------- */

static bool base_make(struct search *s, enum dimension dimension, const struct token *tokens,
                      uint32_t count)
{
    struct pattern *base = &s->bases[dimension];
    struct text_dimension *d = &s->texts[dimension];

    *base = (struct pattern){ .tokens = tokens, .count = count, .text = STR("") };
    d->version = 1;
    d->no = WORK_NEW(s->work, s->model->atom_count + 1u, const struct atom *);
    return d->no != NULL && letters_from(s->work,
                                         dimension == DIMENSION_ACTION
                                             ? STR("s3:getobject") /* FIRST_ACTION, folded */
                                             : STR("arn:aws:s3:::x"),
                                         &d->example);
}

static void atoms_collect(const struct node *node, const struct atom **all)
{
    if (node->kind == NODE_ATOM) {
        all[node->atom->index] = node->atom;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        atoms_collect(node->kids[i], all);
    }
}

static bool keys_make(struct search *s)
{
    uint32_t keys = s->model->key_count;

    s->keys = WORK_NEW(s->work, keys + 1u, struct key_dimension);
    for (uint32_t i = 0; s->keys != NULL && i < keys; i++) {
        s->keys[i].version = 1;
        s->keys[i].demands = WORK_NEW(s->work, s->model->keys[i].tests + 1u, struct demand);
        if (s->keys[i].demands == NULL) {
            return false;
        }
    }
    s->atoms_seen = WORK_NEW(s->work, s->model->atom_count + 1u, struct seen);
    s->tests_seen = WORK_NEW(s->work, s->model->test_count + 1u, struct seen);
    s->versions = 1; /* nothing was seen of version 0 */
    s->trail_cap = 256;
    s->trail = WORK_NEW(s->work, s->trail_cap, struct undo);
    return s->keys != NULL && s->trail != NULL && s->atoms_seen != NULL && s->tests_seen != NULL;
}

#define INSIDE                                                                                     \
    { TOKEN_ANY_INSIDE, 0 },                                                                       \
    {                                                                                              \
        TOKEN_STAR_INSIDE, 0                                                                       \
    }
#define SEGMENT                                                                                    \
    { TOKEN_STAR_INSIDE, 0 },                                                                      \
    {                                                                                              \
        TOKEN_LITERAL, ':'                                                                         \
    }

static enum verdict search_with(struct model *model, const struct node *goal, bool star,
                                struct solution *ret, bool *ret_open)
{
    static const struct token action[] = { INSIDE, { TOKEN_LITERAL, ':' }, INSIDE };
    static const struct token arn[] = { { TOKEN_LITERAL, 'a' },
                                        { TOKEN_LITERAL, 'r' },
                                        { TOKEN_LITERAL, 'n' },
                                        { TOKEN_LITERAL, ':' },
                                        SEGMENT,
                                        SEGMENT,
                                        SEGMENT,
                                        SEGMENT,
                                        { TOKEN_STAR, 0 } };
    struct search s = { .model = model, .work = model->work, .star = star, .out = ret };
    const struct wait *list = NULL;
    enum verdict verdict = VERDICT_NO;
    size_t mark = s.work->used;

    s.atoms = WORK_NEW(s.work, model->atom_count + 1u, const struct atom *);
    if (s.atoms == NULL || !keys_make(&s) ||
        !base_make(&s, DIMENSION_ACTION, action, COUNT_OF(action)) ||
        !base_make(&s, DIMENSION_RESOURCE, arn, COUNT_OF(arn))) {
        return VERDICT_OPEN;
    }
    atoms_collect(goal, s.atoms);
    if (assert_node(&s, goal, true, &list)) {
        verdict = solve(&s, list);
    }
    s.work->used = mark;
    *ret_open = *ret_open || s.open;
    return verdict;
}

enum verdict search_solve(struct model *model, const struct node *goal, struct solution *ret)
{
    bool open = false;

    for (int star = 0; star < 2; star++) {
        enum verdict verdict = search_with(model, goal, star != 0, ret, &open);
        if (verdict == VERDICT_YES || model->work->stop != STOP_NONE) {
            return verdict == VERDICT_YES ? verdict : VERDICT_OPEN;
        }
    }
    return open ? VERDICT_OPEN : VERDICT_NO;
}
