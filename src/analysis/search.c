/* The search: a tableau over the formula. What must hold is asserted to the dimension it speaks of,
 * which keeps an example that meets everything asserted so far and looks for another only when the
 * example fails; what may hold in several ways waits, and is decided only when the examples do not
 * meet it as they are. Dimensions do not touch each other: when the examples meet everything, they
 * are the request. */
#include "analysis/search.h"

#include <string.h>

enum { YES_MAX = 24 }; /* patterns that one text must match at once: one for each layer */

struct text_dimension {
    const struct pattern *yes[YES_MAX];
    uint32_t yes_count;
    const struct atom **no;
    uint32_t no_count;
    struct letters example;
    uint32_t version; /* of the example, for what is remembered of it */
};

struct key_dimension {
    struct demand *demands;
    uint32_t count;
    struct key_state example;
    uint32_t version;
};

struct seen { /* what an atom or a test says of an example, and which */
    uint32_t version;
    bool holds;
};

struct undo {     /* what a dimension was before an assertion */
    uint32_t key; /* or UINT32_MAX and a dimension */
    enum dimension dimension;
    uint32_t yes_count, no_count, version;
    struct letters text;
    struct key_state state;
};

struct wait { /* something that may hold in several ways; a list */
    const struct wait *next;
    const struct node *node;
    bool sign;
};

struct search {
    struct model *model;
    struct work *work;
    bool star; /* the resource is "*", which no pattern but "*" matches */
    struct text_dimension texts[DIMENSION_COUNT];
    struct pattern bases[DIMENSION_COUNT]; /* what every action and ARN looks like */
    struct key_dimension *keys;
    struct seen *atoms_seen, *tests_seen;
    uint32_t versions; /* given out */
    struct undo *trail;
    uint32_t trail_count, trail_cap;
    const struct atom **atoms; /* those of the formula, by index */
    bool open;                 /* some branch could not be decided */
    struct solution *out;
};

/* -- what is known ----------------------------------------------------------------------------- */

enum truth { TRUTH_OPEN, TRUTH_YES, TRUTH_NO };

static enum truth truth_not(enum truth t)
{
    return t == TRUTH_YES ? TRUTH_NO : t == TRUTH_NO ? TRUTH_YES : TRUTH_OPEN;
}

/* Whether what matches p matches a pattern of the atom. */
static enum truth within_compute(struct search *s, const struct pattern *p, const struct atom *atom)
{
    uint32_t count = p->literal ? atom->wild_count : atom->count;
    bool apart = true;

    (void)work_step(s->work, 1 + count / 8);
    if (p->literal && atom_lists(atom, p)) {
        return TRUTH_YES;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct pattern *q = &atom->patterns[i];
        if (patterns_apart(p, q)) {
            continue;
        }
        if (p->literal && !q->symbols) {
            if (pattern_match(q, p->fixed)) {
                return TRUTH_YES;
            }
        } else if (pattern_within(p, q)) {
            return TRUTH_YES;
        } else {
            apart = false;
        }
    }
    return apart ? TRUTH_NO : TRUTH_OPEN;
}

/* Remembered in the pattern: 0 not asked yet, else the truth and one. */
static enum truth within(struct search *s, const struct pattern *p, const struct atom *atom)
{
    struct pattern *memory = (struct pattern *)(uintptr_t)p;

    if (p->within == NULL) {
        memory->within = WORK_NEW(s->work, s->model->atom_count + 1u, uint8_t);
        if (p->within == NULL) {
            return TRUTH_OPEN;
        }
    }
    if (p->within[atom->index] == 0) {
        memory->within[atom->index] = (uint8_t)(within_compute(s, p, atom) + 1);
    }
    return (enum truth)(p->within[atom->index] - 1);
}

static enum truth atom_truth(struct search *s, const struct atom *atom)
{
    const struct text_dimension *d = &s->texts[atom->dimension];

    if (atom->dimension == DIMENSION_RESOURCE && s->star) {
        return TRUTH_NO;
    }
    for (uint32_t i = 0; i < d->yes_count; i++) {
        enum truth truth = within(s, d->yes[i], atom);
        if (truth != TRUTH_OPEN) {
            return truth;
        }
    }
    for (uint32_t i = 0; i < d->no_count; i++) {
        if (d->no[i] == atom) {
            return TRUTH_NO;
        }
    }
    return TRUTH_OPEN;
}

static enum truth test_truth(struct search *s, const struct test *test)
{
    const struct key_dimension *d = &s->keys[test->key];

    for (uint32_t i = 0; i < d->count; i++) {
        if (d->demands[i].test == test) {
            return d->demands[i].holds ? TRUTH_YES : TRUTH_NO;
        }
    }
    return TRUTH_OPEN;
}

static enum truth node_truth(struct search *s, const struct node *node)
{
    enum truth strong = node->kind == NODE_AND ? TRUTH_NO : TRUTH_YES, all;

    switch (node->kind) {
    case NODE_FALSE:
        return TRUTH_NO;
    case NODE_TRUE:
        return TRUTH_YES;
    case NODE_FREE:
        return TRUTH_OPEN;
    case NODE_ATOM:
        return atom_truth(s, node->atom);
    case NODE_TEST:
        return test_truth(s, node->test);
    case NODE_NOT:
        return truth_not(node_truth(s, node->kids[0]));
    case NODE_AND:
    case NODE_OR:
        all = truth_not(strong);
        for (uint32_t i = 0; i < node->count; i++) {
            enum truth truth = node_truth(s, node->kids[i]);
            if (truth == strong) {
                return truth;
            }
            all = truth == TRUTH_OPEN ? truth : all;
        }
        return all;
    }
    return TRUTH_OPEN;
}

static enum truth truth_of(struct search *s, const struct node *node, bool sign)
{
    enum truth truth = node_truth(s, node);

    return sign ? truth : truth_not(truth);
}

/* -- what the examples say --------------------------------------------------------------------- */

static bool atom_sees(struct search *s, const struct atom *atom)
{
    const struct text_dimension *d = &s->texts[atom->dimension];
    struct seen *seen = &s->atoms_seen[atom->index];

    if (atom->dimension == DIMENSION_RESOURCE && s->star) {
        return false;
    }
    if (seen->version != d->version) {
        (void)work_step(s->work, 1 + atom->count / 8);
        *seen = (struct seen){ d->version, false };
        for (uint32_t i = 0; i < atom->count && !seen->holds; i++) {
            seen->holds = pattern_match(&atom->patterns[i], d->example);
        }
    }
    return seen->holds;
}

static bool test_sees(struct search *s, const struct test *test)
{
    const struct key_dimension *d = &s->keys[test->key];
    struct seen *seen = &s->tests_seen[test->index];

    if (seen->version != d->version) {
        (void)work_step(s->work, 1 + test->count / 8);
        *seen = (struct seen){ d->version, test_holds(s->work, test, &d->example) };
    }
    return seen->holds;
}

/* Whether the examples, as they are, make the node true (or false). */
static bool examples_meet(struct search *s, const struct node *node, bool sign)
{
    bool every = (node->kind == NODE_AND) == sign;

    switch (node->kind) {
    case NODE_FALSE:
        return !sign;
    case NODE_TRUE:
        return sign;
    case NODE_FREE:
        return true;
    case NODE_ATOM:
        return atom_sees(s, node->atom) == sign;
    case NODE_TEST:
        return test_sees(s, node->test) == sign;
    case NODE_NOT:
        return examples_meet(s, node->kids[0], !sign);
    case NODE_AND:
    case NODE_OR:
        for (uint32_t i = 0; i < node->count; i++) {
            if (examples_meet(s, node->kids[i], sign) != every) {
                return !every;
            }
        }
        return every;
    }
    return false;
}

/* -- asserting to dimensions ------------------------------------------------------------------- */

static bool remember(struct search *s, struct undo undo)
{
    if (s->trail_count == s->trail_cap) {
        uint32_t cap = s->trail_cap * 2;
        struct undo *trail = WORK_NEW(s->work, cap, struct undo);
        if (trail == NULL) {
            return false;
        }
        memcpy(trail, s->trail, s->trail_count * sizeof(*trail));
        s->trail = trail;
        s->trail_cap = cap;
    }
    s->trail[s->trail_count++] = undo;
    return true;
}

static void undo_to(struct search *s, uint32_t mark)
{
    while (s->trail_count > mark) {
        const struct undo *undo = &s->trail[--s->trail_count];
        if (undo->key != UINT32_MAX) {
            s->keys[undo->key].count = undo->no_count;
            s->keys[undo->key].example = undo->state;
            s->keys[undo->key].version = undo->version;
        } else {
            struct text_dimension *d = &s->texts[undo->dimension];
            d->yes_count = undo->yes_count;
            d->no_count = undo->no_count;
            d->example = undo->text;
            d->version = undo->version;
        }
    }
}

/* False when it cannot hold beside what was asserted, or nobody knows (open). */
static bool settled(struct search *s, enum verdict verdict)
{
    s->open = s->open || verdict == VERDICT_OPEN;
    return verdict == VERDICT_YES;
}

static bool text_remember(struct search *s, enum dimension dimension)
{
    const struct text_dimension *d = &s->texts[dimension];

    return remember(s, (struct undo){ .key = UINT32_MAX,
                                      .dimension = dimension,
                                      .yes_count = d->yes_count,
                                      .no_count = d->no_count,
                                      .version = d->version,
                                      .text = d->example });
}

/* Another example. Patterns that cannot meet the chosen ones exclude nothing of them. */
static bool text_solve(struct search *s, enum dimension dimension)
{
    struct text_dimension *d = &s->texts[dimension];
    size_t mark = s->work->used, room = 0, count = 0, yes_count = 0;
    const struct pattern **yes = WORK_PUSH(s->work, d->yes_count + 1u, const struct pattern *);
    const struct pattern **no;
    enum verdict verdict;

    for (uint32_t i = 0; i < d->no_count; i++) {
        room += d->no[i]->count;
    }
    no = WORK_PUSH(s->work, room, const struct pattern *);
    if (yes == NULL || no == NULL) {
        return settled(s, VERDICT_OPEN);
    }
    yes[yes_count++] = &s->bases[dimension];
    for (uint32_t i = 0; i < d->yes_count; i++) {
        yes[yes_count++] = d->yes[i];
    }
    for (uint32_t i = 0; i < d->no_count; i++) {
        for (uint32_t j = 0; j < d->no[i]->count; j++) {
            const struct pattern *q = &d->no[i]->patterns[j];
            bool apart = false;
            for (size_t k = 0; k < yes_count && !apart; k++) {
                apart = patterns_apart(yes[k], q);
            }
            no[count] = q;
            count += apart ? 0 : 1;
        }
    }
    verdict = patterns_solve(s->work, yes, yes_count, no, count, &d->example);
    d->version = ++s->versions;
    s->work->used = mark;
    return settled(s, verdict);
}

static bool assert_no(struct search *s, const struct atom *atom)
{
    struct text_dimension *d = &s->texts[atom->dimension];
    enum truth truth = atom_truth(s, atom);

    if (truth != TRUTH_OPEN) {
        return truth == TRUTH_NO;
    }
    if (!text_remember(s, atom->dimension)) {
        return settled(s, VERDICT_OPEN);
    }
    d->no[d->no_count++] = atom;
    return !atom_sees(s, atom) || text_solve(s, atom->dimension);
}

static bool assert_yes(struct search *s, const struct atom *atom, const struct pattern *pattern)
{
    struct text_dimension *d = &s->texts[atom->dimension];

    if (d->yes_count == YES_MAX || !text_remember(s, atom->dimension)) {
        return settled(s, VERDICT_OPEN);
    }
    for (uint32_t i = 0; i < d->yes_count; i++) {
        if (patterns_apart(d->yes[i], pattern)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < d->no_count; i++) {
        if (within(s, pattern, d->no[i]) == TRUTH_YES) {
            return false;
        }
    }
    d->yes[d->yes_count++] = pattern;
    return text_solve(s, atom->dimension);
}

static bool assert_test(struct search *s, const struct test *test, bool holds)
{
    struct key_dimension *d = &s->keys[test->key];
    enum truth truth = test_truth(s, test);

    if (truth != TRUTH_OPEN) {
        return (truth == TRUTH_YES) == holds;
    }
    if (!remember(s,
                  (struct undo){ .key = test->key, .no_count = d->count, .state = d->example })) {
        return settled(s, VERDICT_OPEN);
    }
    d->demands[d->count++] = (struct demand){ test, holds };
    if (d->count > 1 && test_sees(s, test) == holds) {
        return true;
    }
    d->version = ++s->versions;
    return settled(
        s, key_solve(s->work, d->demands, d->count, s->model->keys[test->key].habit, &d->example));
}

/* -- the tableau ------------------------------------------------------------------------------- */

static bool assert_node(struct search *s, const struct node *node, bool sign,
                        const struct wait **list);

static bool wait_add(struct search *s, const struct node *node, bool sign, const struct wait **list)
{
    struct wait *wait = WORK_PUSH(s->work, 1, struct wait);

    if (wait == NULL) {
        return settled(s, VERDICT_OPEN);
    }
    *wait = (struct wait){ *list, node, sign };
    *list = wait;
    return true;
}

static bool assert_atom(struct search *s, const struct node *node, bool sign,
                        const struct wait **list)
{
    enum truth truth = atom_truth(s, node->atom);

    if (!sign) {
        return assert_no(s, node->atom);
    }
    if (truth != TRUTH_OPEN) {
        return truth == TRUTH_YES;
    }
    return node->atom->count == 1 ? assert_yes(s, node->atom, &node->atom->patterns[0])
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
        return assert_test(s, node->test, sign);
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
    truth = truth_of(s, node, sign);
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
    return truth_of(s, wait->node->kids[way], wait->sign) != TRUTH_NO;
}

static bool way_assert(struct search *s, const struct wait *wait, uint32_t way,
                       const struct wait **list)
{
    return wait->node->kind == NODE_ATOM
               ? assert_yes(s, wait->node->atom, &wait->node->atom->patterns[way])
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
        enum truth truth = truth_of(s, w->node, w->sign);
        uint32_t ways = 0;
        uint64_t score;
        if (truth == TRUTH_YES) {
            continue;
        }
        if (!wait_add(s, w->node, w->sign, &kept)) {
            best.failed = true;
        }
        if (truth == TRUTH_OPEN && examples_meet(s, w->node, w->sign)) {
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
            within(s, p, s->atoms[i]) == TRUTH_OPEN) {
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
        undo_to(s, mark);
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
