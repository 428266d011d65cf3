#include "analysis/facts.h"

#include <string.h>

/* -- what is known ----------------------------------------------------------------------------- */

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
enum truth fact_within(struct search *s, const struct pattern *p, const struct atom *atom)
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

enum truth fact_atom(struct search *s, const struct atom *atom)
{
    const struct text_dimension *d = &s->texts[atom->dimension];

    if (atom->dimension == DIMENSION_RESOURCE && s->star) {
        return TRUTH_NO;
    }
    for (uint32_t i = 0; i < d->yes_count; i++) {
        enum truth truth = fact_within(s, d->yes[i], atom);
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
        return fact_atom(s, node->atom);
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

enum truth fact_truth(struct search *s, const struct node *node, bool sign)
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
        *seen = (struct seen){ d->version, false, false };
        for (uint32_t i = 0; i < atom->count && !seen->holds; i++) {
            seen->holds = pattern_match(&atom->patterns[i], d->example);
        }
    }
    return seen->holds;
}

static bool test_sees(struct search *s, const struct test *test, bool sign)
{
    const struct key_dimension *d = &s->keys[test->key];
    struct seen *seen = &s->tests_seen[test->index];

    if (seen->version != d->version) {
        (void)work_step(s->work, 1 + test->count / 8);
        *seen = (struct seen){ d->version, test_holds(s->work, test, &d->example), false };
        for (uint32_t i = 0; test->typed && i < d->example.count && !seen->unlike; i++) {
            seen->unlike = !test_reads(s->work, test, d->example.values[i]);
        }
    }
    return seen->holds == sign && !seen->unlike;
}

/* Whether the examples, as they are, make the node true (or false). */
bool fact_examples_meet(struct search *s, const struct node *node, bool sign)
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
        if (s->keys[node->test->key].open) { /* no example: only what was asserted is met */
            return test_truth(s, node->test) == (sign ? TRUTH_YES : TRUTH_NO);
        }
        return test_sees(s, node->test, sign);
    case NODE_NOT:
        return fact_examples_meet(s, node->kids[0], !sign);
    case NODE_AND:
    case NODE_OR:
        for (uint32_t i = 0; i < node->count; i++) {
            if (fact_examples_meet(s, node->kids[i], sign) != every) {
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

void fact_undo_to(struct search *s, uint32_t mark)
{
    while (s->trail_count > mark) {
        const struct undo *undo = &s->trail[--s->trail_count];
        if (undo->key != UINT32_MAX) {
            s->keys[undo->key].count = undo->no_count;
            s->keys[undo->key].example = undo->state;
            s->keys[undo->key].version = undo->version;
            s->keys[undo->key].open = undo->open;
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
bool fact_settled(struct search *s, enum verdict verdict)
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
        return fact_settled(s, VERDICT_OPEN);
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
    return fact_settled(s, verdict);
}

bool fact_assert_no(struct search *s, const struct atom *atom)
{
    struct text_dimension *d = &s->texts[atom->dimension];
    enum truth truth = fact_atom(s, atom);

    if (truth != TRUTH_OPEN) {
        return truth == TRUTH_NO;
    }
    if (!text_remember(s, atom->dimension)) {
        return fact_settled(s, VERDICT_OPEN);
    }
    d->no[d->no_count++] = atom;
    return !atom_sees(s, atom) || text_solve(s, atom->dimension);
}

bool fact_assert_yes(struct search *s, const struct atom *atom, const struct pattern *pattern)
{
    struct text_dimension *d = &s->texts[atom->dimension];

    if (d->yes_count == YES_MAX || !text_remember(s, atom->dimension)) {
        return fact_settled(s, VERDICT_OPEN);
    }
    for (uint32_t i = 0; i < d->yes_count; i++) {
        if (patterns_apart(d->yes[i], pattern)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < d->no_count; i++) {
        if (fact_within(s, pattern, d->no[i]) == TRUTH_YES) {
            return false;
        }
    }
    d->yes[d->yes_count++] = pattern;
    return text_solve(s, atom->dimension);
}

bool fact_assert_test(struct search *s, const struct test *test, bool holds)
{
    struct key_dimension *d = &s->keys[test->key];
    enum truth truth = test_truth(s, test);
    enum verdict verdict;

    if (truth != TRUTH_OPEN) {
        return (truth == TRUTH_YES) == holds;
    }
    if (!remember(s, (struct undo){ .key = test->key,
                                    .no_count = d->count,
                                    .version = d->version,
                                    .state = d->example,
                                    .open = d->open })) {
        return fact_settled(s, VERDICT_OPEN);
    }
    d->demands[d->count++] = (struct demand){ test, holds };
    if (d->count > 1 && !d->open && test_sees(s, test, holds)) {
        return true;
    }
    d->version = ++s->versions;
    verdict = key_solve(s->work, d->demands, d->count, s->model->keys[test->key].nature,
                        &d->example);
    d->open = verdict == VERDICT_OPEN && s->work->stop == STOP_NONE;
    return d->open || fact_settled(s, verdict);
}
