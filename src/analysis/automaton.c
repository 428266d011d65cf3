/* Texts that match some patterns and none of others: a walk over the product of their automata,
 * built only as far as the walk goes. A state is the set of places each pattern may have reached;
 * from a state only the letters that stand at those places differ, so all others are one. Breadth
 * first: the text found is as short as any. */
#include "analysis/pattern.h"

#include <string.h>

struct machine {
    const struct token *tokens;
    uint32_t count;
    uint32_t at, words; /* of the state's words */
    bool positive;
    bool anchor; /* its variables are letters; those of other positive patterns are anything */
};

struct step { /* how a state was reached; its words stand behind those of the one before */
    uint32_t parent, letter;
};

struct product {
    struct work *work;
    struct machine *machines;
    size_t count;
    uint32_t words;
    struct step *steps;
    uint64_t *states;
    uint32_t used, cap;
    uint32_t *slots, slot_mask; /* index + 1 of a state; open addressing */
    uint32_t *letters;
    size_t letter_count, letter_cap;
};

static const uint64_t *state_of(const struct product *p, uint32_t index)
{
    return p->states + (size_t)index * p->words;
}

static void place_add(const struct machine *m, uint64_t *state, uint32_t place)
{
    for (;; place++) { /* a star may take nothing */
        state[m->at + place / 64] |= UINT64_C(1) << (place % 64);
        if (place == m->count ||
            (m->tokens[place].kind != TOKEN_STAR && m->tokens[place].kind != TOKEN_STAR_INSIDE)) {
            return;
        }
    }
}

static bool place_has(const struct machine *m, const uint64_t *state, uint32_t place)
{
    return (state[m->at + place / 64] >> (place % 64)) & 1;
}

static void place_take(const struct machine *m, uint32_t place, uint32_t letter, uint64_t *out)
{
    bool unknown = letter >= LETTER_SYMBOL && m->positive && !m->anchor;

    if (unknown) { /* the letter stands for any text: anything behind may be reached */
        for (uint32_t next = place; next <= m->count; next++) {
            place_add(m, out, next);
        }
    } else if (place < m->count && token_takes(m->tokens[place], letter)) {
        bool star = m->tokens[place].kind == TOKEN_STAR ||
                    m->tokens[place].kind == TOKEN_STAR_INSIDE;
        place_add(m, out, star ? place : place + 1);
    }
}

/* False when no continuation can succeed. */
static bool machine_step(const struct machine *m, const uint64_t *in, uint32_t letter,
                         uint64_t *out)
{
    bool alive = false;

    for (uint32_t w = 0; w < m->words; w++) {
        for (uint64_t bits = in [m->at + w]; bits != 0; bits &= bits - 1) {
            place_take(m, w * 64 + (uint32_t)__builtin_ctzll(bits), letter, out);
        }
    }
    for (uint32_t w = 0; w < m->words; w++) {
        alive = alive || out[m->at + w] != 0;
    }
    if (m->positive) {
        return alive;
    }
    return m->count == 0 || m->tokens[m->count - 1].kind != TOKEN_STAR ||
           !place_has(m, out, m->count - 1);
}

static bool accepts(const struct product *p, const uint64_t *state)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct machine *m = &p->machines[i];
        if (place_has(m, state, m->count) != m->positive) {
            return false;
        }
    }
    return true;
}

static void letter_add(struct product *p, uint32_t letter)
{
    for (size_t i = 0; i < p->letter_count; i++) {
        if (p->letters[i] == letter) {
            return;
        }
    }
    if (p->letter_count < p->letter_cap) {
        p->letters[p->letter_count++] = letter;
    }
}

static void token_letters(struct product *p, const struct machine *m, struct token token)
{
    switch (token.kind) {
    case TOKEN_LITERAL:
        letter_add(p, token.c);
        return;
    case TOKEN_NOCASE:
        letter_add(p, token.c);
        letter_add(p, token.c - 32);
        return;
    case TOKEN_ANY_INSIDE:
    case TOKEN_STAR_INSIDE:
        letter_add(p, ':');
        return;
    case TOKEN_SYMBOL:
        if (m->anchor) {
            letter_add(p, token.c);
        }
        return;
    case TOKEN_ANY:
    case TOKEN_STAR:
        return;
    }
}

/* One letter that stands at no place of the state, and is no colon. */
static uint32_t letter_other(const struct product *p)
{
    static const char nice[] = "x0123456789abcdefghijklmnopqrstuvwyz";

    for (uint32_t i = 0;; i++) {
        uint32_t c = i < sizeof(nice) - 1 ? (uint32_t)nice[i]
                                          : (uint32_t)(LETTER_OTHER + i - sizeof(nice) + 1);
        bool taken = false;
        for (size_t j = 0; j < p->letter_count && !taken; j++) {
            taken = p->letters[j] == c;
        }
        if (!taken) {
            return c;
        }
    }
}

static void letters_gather(struct product *p, const uint64_t *state)
{
    p->letter_count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct machine *m = &p->machines[i];
        for (uint32_t w = 0; w < m->words; w++) {
            for (uint64_t bits = state[m->at + w]; bits != 0; bits &= bits - 1) {
                uint32_t place = w * 64 + (uint32_t)__builtin_ctzll(bits);
                if (place < m->count) {
                    token_letters(p, m, m->tokens[place]);
                }
            }
        }
    }
    letter_add(p, letter_other(p));
}

static uint64_t state_hash(const struct product *p, const uint64_t *state)
{
    uint64_t hash = 0;

    for (uint32_t w = 0; w < p->words; w++) {
        hash = (hash ^ state[w]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

/* The state in row `used`; kept when it is new. */
static bool state_keep(struct product *p, uint32_t parent, uint32_t letter)
{
    const uint64_t *state = state_of(p, p->used);
    uint32_t slot = (uint32_t)state_hash(p, state) & p->slot_mask;

    for (; p->slots[slot] != 0; slot = (slot + 1) & p->slot_mask) {
        if (memcmp(state_of(p, p->slots[slot] - 1), state, p->words * sizeof(*state)) == 0) {
            return false;
        }
    }
    p->steps[p->used] = (struct step){ parent, letter };
    p->slots[slot] = ++p->used;
    return true;
}

static bool path_take(struct product *p, uint32_t index, struct letters *ret)
{
    uint32_t len = 0, *text;

    for (uint32_t i = index; i != 0; i = p->steps[i].parent) {
        len++;
    }
    text = WORK_NEW(p->work, len + 1, uint32_t);
    if (text == NULL) {
        return false;
    }
    *ret = (struct letters){ text, len };
    for (uint32_t i = index; i != 0; i = p->steps[i].parent) {
        text[--len] = p->steps[i].letter;
    }
    return true;
}

/* Tables for twice as many states, those there are copied. */
static bool grow(struct product *p)
{
    struct product old = *p;

    p->cap = old.cap == 0 ? 64 : old.cap * 4;
    p->steps = WORK_PUSH(p->work, p->cap, struct step);
    p->states = WORK_PUSH(p->work, (size_t)p->cap * p->words, uint64_t);
    p->slots = WORK_PUSH(p->work, (size_t)p->cap * 2, uint32_t);
    if (p->steps == NULL || p->states == NULL || p->slots == NULL) {
        return false;
    }
    p->slot_mask = p->cap * 2 - 1;
    memset(p->slots, 0, (size_t)p->cap * 2 * sizeof(*p->slots));
    if (old.used > 0) {
        memcpy(p->steps, old.steps, old.used * sizeof(*p->steps));
        memcpy(p->states, old.states, (size_t)old.used * p->words * sizeof(*p->states));
    }
    for (uint32_t i = 0; i < old.used; i++) {
        uint32_t slot = (uint32_t)state_hash(p, state_of(p, i)) & p->slot_mask;
        while (p->slots[slot] != 0) {
            slot = (slot + 1) & p->slot_mask;
        }
        p->slots[slot] = i + 1;
    }
    return true;
}

/* The state behind `from` by a letter, into row `used`. False when it is dead. */
static bool step_into_next(struct product *p, uint32_t from, uint32_t letter)
{
    uint64_t *out = p->states + (size_t)p->used * p->words;

    memset(out, 0, p->words * sizeof(*out));
    for (size_t i = 0; i < p->count; i++) {
        if (!machine_step(&p->machines[i], state_of(p, from), letter, out)) {
            return false;
        }
    }
    return true;
}

static enum verdict walk(struct product *p, struct letters *ret)
{
    for (uint32_t at = 0; at < p->used; at++) {
        if (accepts(p, state_of(p, at))) {
            return path_take(p, at, ret) ? VERDICT_YES : VERDICT_OPEN;
        }
        letters_gather(p, state_of(p, at));
        for (size_t i = 0; i < p->letter_count; i++) {
            if (!work_step(p->work, p->count) || (p->used + 1 >= p->cap && !grow(p))) {
                return VERDICT_OPEN;
            }
            if (step_into_next(p, at, p->letters[i])) {
                (void)state_keep(p, at, p->letters[i]);
            }
        }
    }
    return VERDICT_NO;
}

/* A machine's own copy of the tokens, as its part in the product asks. */
static bool machine_init(struct product *p, const struct pattern *pattern, bool positive,
                         bool anchor, struct machine *m)
{
    struct token *tokens;

    *m = (struct machine){ .tokens = pattern->tokens, .count = pattern->count, .at = p->words };
    m->positive = positive;
    m->anchor = anchor;
    m->words = pattern->count / 64 + 1;
    p->words += m->words;
    p->letter_cap += 2 * (size_t)pattern->count;
    if (!positive || !pattern->symbols) {
        return true;
    }
    tokens = WORK_PUSH(p->work, pattern->count, struct token);
    if (tokens == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < pattern->count; i++) {
        tokens[i] = pattern->tokens[i];
        if (!anchor && tokens[i].kind == TOKEN_SYMBOL) {
            tokens[i].kind = TOKEN_STAR;
        } else if (pattern->loose && tokens[i].kind == TOKEN_STAR_INSIDE) {
            tokens[i].kind = TOKEN_STAR;
        } else if (pattern->loose && tokens[i].kind == TOKEN_ANY_INSIDE) {
            tokens[i].kind = TOKEN_ANY;
        }
    }
    m->tokens = tokens;
    return true;
}

static bool machines_init(struct product *p, const struct pattern *const *yes, size_t yes_count,
                          const struct pattern *const *no, size_t no_count)
{
    bool anchored = false;

    p->machines = WORK_PUSH(p->work, yes_count + no_count, struct machine);
    p->letter_cap = 2;
    for (size_t i = 0; p->machines != NULL && i < yes_count; i++) {
        bool anchor = yes[i]->symbols && !anchored;
        anchored = anchored || anchor;
        if (!machine_init(p, yes[i], true, anchor, &p->machines[p->count++])) {
            return false;
        }
    }
    for (size_t i = 0; p->machines != NULL && i < no_count; i++) {
        if (!no[i]->positive_only &&
            !machine_init(p, no[i], false, false, &p->machines[p->count++])) {
            return false;
        }
    }
    p->letters = WORK_PUSH(p->work, p->letter_cap, uint32_t);
    return p->machines != NULL && p->letters != NULL && grow(p);
}

static enum verdict product_solve(struct work *work, const struct pattern *const *yes,
                                  size_t yes_count, const struct pattern *const *no,
                                  size_t no_count, struct letters *ret)
{
    struct product p = { .work = work };
    uint64_t *start;

    if (!machines_init(&p, yes, yes_count, no, no_count)) {
        return VERDICT_OPEN;
    }
    start = p.states;
    memset(start, 0, p.words * sizeof(*start));
    for (size_t i = 0; i < p.count; i++) {
        const struct machine *m = &p.machines[i];
        place_add(m, start, 0);
        if (!m->positive && m->count > 0 && m->tokens[m->count - 1].kind == TOKEN_STAR &&
            place_has(m, start, m->count - 1)) {
            return VERDICT_NO; /* "*" excludes every text */
        }
    }
    (void)state_keep(&p, 0, 0);
    return walk(&p, ret);
}

static bool all_agree(const struct pattern *const *yes, size_t yes_count,
                      const struct pattern *const *no, size_t no_count, struct letters text)
{
    for (size_t i = 0; i < yes_count; i++) {
        if (!pattern_match(yes[i], text)) {
            return false;
        }
    }
    for (size_t i = 0; i < no_count; i++) {
        if (!no[i]->positive_only && pattern_match(no[i], text)) {
            return false;
        }
    }
    return true;
}

/* What an ordinary request would have where the pattern leaves it open. */
static str filling(bool inside, uint32_t colons)
{
    static const str parts[] = { STR_INIT("arn"), STR_INIT("aws"), STR_INIT("x"),
                                 STR_INIT("us-east-1"), STR_INIT("111122223333") };

    return inside && colons < COUNT_OF(parts) ? parts[colons] : STR("x");
}

/* The pattern with its wildcards filled in. */
static bool filled(struct work *work, const struct pattern *pattern, struct letters *ret)
{
    uint32_t *text = WORK_NEW(work, (size_t)pattern->count * 12 + 1, uint32_t);
    uint32_t len = 0, colons = 0;

    for (uint32_t i = 0; text != NULL && i < pattern->count; i++) {
        struct token token = pattern->tokens[i];
        bool star = token.kind == TOKEN_STAR || token.kind == TOKEN_STAR_INSIDE;
        str more = star ? filling(token.kind == TOKEN_STAR_INSIDE, colons) : STR("x");
        if (token.kind == TOKEN_LITERAL || token.kind == TOKEN_NOCASE) {
            colons += token.c == ':' ? 1 : 0;
            text[len++] = token.c;
            continue;
        }
        for (size_t j = 0; j < more.len; j++) {
            text[len++] = (unsigned char)more.ptr[j];
        }
    }
    *ret = (struct letters){ text, len };
    return text != NULL;
}

enum verdict patterns_solve(struct work *work, const struct pattern *const *yes, size_t yes_count,
                            const struct pattern *const *no, size_t no_count, struct letters *ret)
{
    size_t mark = work->used;
    enum verdict verdict;
    bool symbols = false;

    if (!work_step(work, 1 + yes_count + no_count)) {
        return VERDICT_OPEN;
    }
    for (size_t i = 0; i < yes_count; i++) {
        symbols = symbols || yes[i]->symbols;
    }
    for (size_t i = 0; i < yes_count && !symbols; i++) {
        struct letters text = yes[i]->fixed;
        if (!yes[i]->literal && !(i == yes_count - 1 && filled(work, yes[i], &text))) {
            continue;
        }
        if (all_agree(yes, yes_count, no, no_count, text)) {
            *ret = text;
            return VERDICT_YES;
        }
        if (yes[i]->literal) {
            return VERDICT_NO;
        }
    }
    verdict = product_solve(work, yes, yes_count, no, no_count, ret);
    work->used = mark;
    return verdict;
}
