#include "analysis/key.h"

/* The text part of a test: C-2, C-3, M-3. */
static bool satisfies(struct work *work, const struct test *test, struct letters text)
{
    return test_hits(work, test, text) != test->negated;
}

static bool holds_nothing(const struct key_state *state)
{
    for (uint32_t i = 0; i < state->count; i++) {
        if (state->form != KEY_MANY || state->values[i].len > 0) {
            return false; /* M-7 */
        }
    }
    return true;
}

static bool absent_holds(const struct test *test)
{
    if (test->if_exists) {
        return true; /* C-6, M-5 */
    }
    switch (test->quantifier) {
    case QUANTIFIER_ANY:
        return false; /* M-1 */
    case QUANTIFIER_ALL:
        return true; /* M-2 */
    case QUANTIFIER_NONE:
        return test->negated; /* C-4, C-5 */
    }
    return false;
}

bool test_holds(struct work *work, const struct test *test, const struct key_state *state)
{
    bool any = test->quantifier == QUANTIFIER_ANY;

    if (test->type == OPERAND_NULL) { /* B-3 */
        return state->form == KEY_ABSENT || state->count == 0 ? test->when_absent
                                                              : test->when_present;
    }
    if (state->form == KEY_ABSENT) {
        return absent_holds(test);
    }
    if (test->quantifier == QUANTIFIER_NONE) { /* C-14 */
        return state->form == KEY_ONE && satisfies(work, test, state->values[0]);
    }
    for (uint32_t i = 0; !holds_nothing(state) && i < state->count; i++) {
        if (satisfies(work, test, state->values[i]) == any) {
            return any;
        }
    }
    return !any;
}

/* -- one text ---------------------------------------------------------------------------------- */

struct wish { /* the text must be hit by the test, or must not */
    const struct test *test;
    bool hit;
};

static bool is_text(const struct test *test)
{
    return test->type == OPERAND_STRING || test->type == OPERAND_BINARY ||
           test->type == OPERAND_ARN || test->type == OPERAND_BOOL;
}

static bool wishes_met(struct work *work, const struct wish *wishes, size_t count, bool nonempty,
                       struct letters text)
{
    if (nonempty && text.len == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (test_hits(work, wishes[i].test, text) != wishes[i].hit ||
            (wishes[i].test->typed && !test_reads(work, wishes[i].test, text))) {
            return false;
        }
    }
    return true;
}

struct text_search {
    struct work *work;
    const struct wish *wishes;
    size_t count;
    const struct pattern **yes, **no;
    size_t yes_count, no_count;
};

static enum verdict text_choose(struct text_search *s, size_t at, struct letters *ret)
{
    enum verdict result = VERDICT_NO;

    while (at < s->count && (!s->wishes[at].hit || !is_text(s->wishes[at].test))) {
        at++;
    }
    if (at == s->count) {
        return patterns_solve(s->work, s->yes, s->yes_count, s->no, s->no_count, ret);
    }
    for (uint32_t i = 0; i < s->wishes[at].test->count; i++) {
        enum verdict verdict;
        s->yes[s->yes_count++] = &s->wishes[at].test->patterns[i];
        verdict = text_choose(s, at + 1, ret);
        s->yes_count--;
        if (verdict == VERDICT_YES || s->work->stop != STOP_NONE) {
            return verdict;
        }
        result = verdict == VERDICT_OPEN ? verdict : result;
    }
    return result;
}

/* All tests on patterns: one pattern of each that must hit, none of the others. */
static enum verdict text_solve(struct work *work, const struct wish *wishes, size_t count,
                               bool nonempty, struct letters *ret)
{
    static const struct token some[] = { { TOKEN_ANY, 0 }, { TOKEN_STAR, 0 } };
    static const struct pattern not_empty = { .tokens = some, .count = 2 };
    struct text_search s = { .work = work, .wishes = wishes, .count = count };
    size_t no_room = 0, mark = work->used;
    enum verdict verdict;

    for (size_t i = 0; i < count; i++) {
        no_room += wishes[i].hit || !is_text(wishes[i].test) ? 0 : wishes[i].test->count;
    }
    s.yes = WORK_PUSH(work, count + 1, const struct pattern *);
    s.no = WORK_PUSH(work, no_room, const struct pattern *);
    if (s.yes == NULL || s.no == NULL) {
        return VERDICT_OPEN;
    }
    for (size_t i = 0; i < count; i++) {
        const struct test *test = wishes[i].test;
        for (uint32_t j = 0; !wishes[i].hit && is_text(test) && j < test->count; j++) {
            s.no[s.no_count++] = &test->patterns[j];
        }
    }
    if (nonempty) {
        s.yes[s.yes_count++] = &not_empty;
    }
    verdict = text_choose(&s, 0, ret);
    work->used = mark;
    return verdict;
}

/* Numbers, dates, addresses. Tries a text from each piece; *ret_types counts the types met. */
static enum verdict typed_solve(struct work *work, const struct wish *wishes, size_t count,
                                bool nonempty, int *ret_types, struct letters *ret)
{
    static const enum operand_type types[] = { OPERAND_NUMBER, OPERAND_DATE, OPERAND_IP };
    const struct test **tests = WORK_PUSH(work, count, const struct test *);
    struct candidates c;

    for (size_t t = 0; tests != NULL && t < COUNT_OF(types); t++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++) {
            if (wishes[i].test->type == types[t]) {
                tests[n++] = wishes[i].test;
            }
        }
        if (n == 0) {
            continue;
        }
        ++*ret_types;
        if (!candidates_of(work, types[t], tests, n, &c) || !work_step(work, c.count * count)) {
            return VERDICT_OPEN;
        }
        for (size_t i = 0; i < c.count; i++) {
            if (wishes_met(work, wishes, count, nonempty, c.items[i])) {
                *ret = c.items[i];
                return VERDICT_YES;
            }
        }
    }
    return tests == NULL ? VERDICT_OPEN : VERDICT_NO;
}

/* Whether a value holds a variable: then what it hits is not known. */
static bool has_variables(const struct wish *wishes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; is_text(wishes[i].test) && j < wishes[i].test->count; j++) {
            if (wishes[i].test->patterns[j].symbols) {
                return true;
            }
        }
    }
    return false;
}

/* Of a key that is true or false and nothing else. OPEN: it is not. */
static enum verdict boolean_solve(struct work *work, const struct wish *wishes, size_t count,
                                  struct letters *ret)
{
    static const uint32_t yes[] = { 't', 'r', 'u', 'e' }, no[] = { 'f', 'a', 'l', 's', 'e' };
    static const struct letters texts[] = { { yes, COUNT_OF(yes) }, { no, COUNT_OF(no) } };
    bool boolean = false;

    for (size_t i = 0; i < count; i++) {
        boolean = boolean || (wishes[i].test->typed && wishes[i].test->reads == OPERAND_BOOL);
    }
    if (!boolean || has_variables(wishes, count)) {
        return VERDICT_OPEN;
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (wishes_met(work, wishes, count, false, texts[i])) {
            *ret = texts[i];
            return VERDICT_YES;
        }
    }
    return VERDICT_NO;
}

/* Whether one of the texts of a test of literals, which must hit, meets all. */
static enum verdict literal_solve(struct work *work, const struct wish *wishes, size_t count,
                                  bool nonempty, struct letters *ret)
{
    for (size_t i = 0; i < count; i++) {
        const struct test *test = wishes[i].test;
        bool literals = wishes[i].hit && is_text(test);
        for (uint32_t j = 0; literals && j < test->count; j++) {
            literals = test->patterns[j].literal;
        }
        for (uint32_t j = 0; literals && j < test->count; j++) {
            if (wishes_met(work, wishes, count, nonempty, test->patterns[j].fixed)) {
                *ret = test->patterns[j].fixed;
                return VERDICT_YES;
            }
        }
        if (literals) { /* another test's variable may stand for one of them */
            return has_variables(wishes, count) ? VERDICT_OPEN : VERDICT_NO;
        }
    }
    return VERDICT_OPEN;
}

/* The same operator over the same values: whatever they are, they hit the same texts. */
static bool same_values(const struct test *a, const struct test *b)
{
    const struct json *x = list_first(a->node), *y = list_first(b->node);

    if (a->variables != b->variables || !str_eq(a->name, b->name)) {
        return false;
    }
    while (x != NULL && y != NULL && str_eq(scalar_text(x), scalar_text(y))) {
        x = list_next(a->node, x);
        y = list_next(b->node, y);
    }
    return x == NULL && y == NULL;
}

bool test_same(const struct test *a, const struct test *b)
{
    return a->quantifier == b->quantifier && a->if_exists == b->if_exists &&
           a->negated == b->negated && same_values(a, b);
}

static bool contradict(const struct wish *wishes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (wishes[i].hit != wishes[j].hit && same_values(wishes[i].test, wishes[j].test)) {
                return true;
            }
        }
    }
    return false;
}

static enum verdict value_solve(struct work *work, const struct wish *wishes, size_t count,
                                bool nonempty, struct letters *ret)
{
    size_t texts = 0;
    int types = 0;
    enum verdict verdict;

    for (size_t i = 0; i < count; i++) {
        texts += is_text(wishes[i].test) ? 1 : 0;
    }
    if (contradict(wishes, count)) {
        return VERDICT_NO;
    }
    verdict = boolean_solve(work, wishes, count, ret);
    if (verdict != VERDICT_OPEN) {
        return verdict;
    }
    if (texts == count) {
        return text_solve(work, wishes, count, nonempty, ret);
    }
    verdict = typed_solve(work, wishes, count, nonempty, &types, ret);
    if (verdict != VERDICT_NO || (texts == 0 && types == 1)) {
        return verdict;
    }
    verdict = literal_solve(work, wishes, count, nonempty, ret);
    if (verdict != VERDICT_OPEN) {
        return verdict;
    }
    /* A text that is found may serve; that none is found proves nothing, but for texts alone. */
    verdict = text_solve(work, wishes, count, nonempty, ret);
    if (verdict == VERDICT_YES && !wishes_met(work, wishes, count, nonempty, *ret)) {
        return VERDICT_OPEN;
    }
    return verdict;
}

/* -- the key ----------------------------------------------------------------------------------- */

static bool demands_met(struct work *work, const struct demand *demands, size_t count,
                        const struct key_state *state)
{
    for (size_t i = 0; i < count; i++) {
        if (test_holds(work, demands[i].test, state) != demands[i].holds) {
            return false;
        }
    }
    return true;
}

static enum verdict solve_absent(struct work *work, const struct demand *demands, size_t count,
                                 struct key_nature nature UNUSED, struct key_state *ret)
{
    struct key_state state = { .form = KEY_ABSENT };

    if (!demands_met(work, demands, count, &state)) {
        return VERDICT_NO;
    }
    *ret = state;
    return VERDICT_YES;
}

static bool null_met(const struct demand *demand)
{
    return demand->test->when_present == demand->holds;
}

static bool state_set(struct work *work, enum key_form form, const struct letters *values,
                      uint32_t count, struct key_state *ret)
{
    struct letters *copy = WORK_NEW(work, count + 1u, struct letters);

    for (uint32_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = values[i];
    }
    *ret = (struct key_state){ form, copy, count };
    return copy != NULL;
}

static enum verdict solve_one(struct work *work, const struct demand *demands, size_t count,
                              struct key_nature nature UNUSED, struct key_state *ret)
{
    struct wish *wishes = WORK_PUSH(work, count, struct wish);
    struct letters text = { NULL, 0 };
    enum verdict verdict;
    size_t n = 0;

    for (size_t i = 0; wishes != NULL && i < count; i++) {
        const struct test *test = demands[i].test;
        if (test->type != OPERAND_NULL) {
            wishes[n++] = (struct wish){ test, demands[i].holds != test->negated };
        } else if (!null_met(&demands[i])) {
            return VERDICT_NO;
        }
    }
    verdict = wishes == NULL ? VERDICT_OPEN : value_solve(work, wishes, n, false, &text);
    if (verdict == VERDICT_YES && !state_set(work, KEY_ONE, &text, 1, ret)) {
        return VERDICT_OPEN;
    }
    return verdict;
}

/* Sorts the demands on a list that is not null: what every value has to meet stands first, then
 * what some value has to. False when one cannot be met. */
static bool list_wishes(const struct demand *demands, size_t count, struct wish *every,
                        size_t *ret_every, struct wish *some, size_t *ret_some)
{
    *ret_every = *ret_some = 0;
    for (size_t i = 0; i < count; i++) {
        const struct test *test = demands[i].test;
        bool holds = demands[i].holds;
        struct wish wish = { test, holds != test->negated };
        if (test->type == OPERAND_NULL) {
            if (!null_met(&demands[i])) {
                return false;
            }
        } else if (test->quantifier == QUANTIFIER_NONE) { /* C-14: false on a list */
            if (holds) {
                return false;
            }
        } else if ((test->quantifier == QUANTIFIER_ALL) == holds) {
            every[(*ret_every)++] = wish;
        } else {
            some[(*ret_some)++] = wish;
        }
    }
    return true;
}

/* A text for each wish of some, each also meeting those of every; and one that is not empty. */
static enum verdict solve_list(struct work *work, const struct demand *demands, size_t count,
                               struct key_nature nature, struct key_state *ret)
{
    struct wish *every = WORK_PUSH(work, count + 1, struct wish);
    struct wish *some = WORK_PUSH(work, count, struct wish);
    struct letters *values = WORK_PUSH(work, count + 1, struct letters);
    size_t every_count, some_count;
    uint32_t n = 0;
    bool full = false;

    if (every == NULL || some == NULL || values == NULL) {
        return VERDICT_OPEN;
    }
    if (!list_wishes(demands, count, every, &every_count, some, &some_count)) {
        return VERDICT_NO;
    }
    for (size_t i = 0; i < some_count; i++) {
        enum verdict verdict;
        every[every_count] = some[i];
        verdict = value_solve(work, every, every_count + 1, true, &values[n]);
        if (verdict == VERDICT_NO && !nature.filled) {
            verdict = value_solve(work, every, every_count + 1, false, &values[n]);
        }
        if (verdict != VERDICT_YES) {
            return verdict;
        }
        full = full || values[n].len > 0;
        n++;
    }
    if (!full) {
        enum verdict verdict = value_solve(work, every, every_count, true, &values[n++]);
        if (verdict != VERDICT_YES) {
            return verdict;
        }
    }
    return state_set(work, KEY_MANY, values, n, ret) ? VERDICT_YES : VERDICT_OPEN;
}

static enum verdict solve_many(struct work *work, const struct demand *demands, size_t count,
                               struct key_nature nature, struct key_state *ret)
{
    static const struct letters nothing = { NULL, 0 };
    struct key_state empty = { KEY_MANY, &nothing, 0 }, blank = { KEY_MANY, &nothing, 1 };
    enum verdict verdict = solve_list(work, demands, count, nature, ret);

    if (verdict == VERDICT_YES) {
        return verdict;
    }
    if (demands_met(work, demands, count, &empty)) {
        *ret = empty;
        return VERDICT_YES;
    }
    if (!nature.filled && demands_met(work, demands, count, &blank)) {
        *ret = blank;
        return VERDICT_YES;
    }
    return verdict;
}

enum verdict key_solve(struct work *work, const struct demand *demands, size_t count,
                       struct key_nature nature, struct key_state *ret)
{
    typedef enum verdict solver(struct work *, const struct demand *, size_t, struct key_nature,
                                struct key_state *);
    static solver *const orders[][3] = {
        [HABIT_SOMETIMES] = { solve_absent, solve_one, solve_many },
        [HABIT_ALWAYS] = { solve_one, solve_absent, solve_many },
        [HABIT_MANY] = { solve_absent, solve_many, solve_one },
    };
    enum verdict result = VERDICT_NO;
    size_t mark = work->used;

    for (int i = 0; i < 3 && work_step(work, 1 + count); i++) {
        enum verdict verdict;
        if (nature.single && orders[nature.habit][i] == solve_many) {
            continue;
        }
        verdict = orders[nature.habit][i](work, demands, count, nature, ret);
        work->used = mark;
        if (verdict == VERDICT_YES) {
            return verdict;
        }
        result = verdict == VERDICT_OPEN ? verdict : result;
    }
    return work->stop == STOP_NONE ? result : VERDICT_OPEN;
}
