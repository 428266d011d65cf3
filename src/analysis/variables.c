/* Variables whose value nobody knows. The first search takes each for a letter of its own; what it
 * finds is tried with real values, and where that gives no example, cases are told apart: the key is
 * absent, is one of the texts that conditions on it name, is any other text, or is a list. A proof
 * for every case is a proof. */
#include "analysis/compare.h"

#include "policy/text.h"

enum {
    VARIABLES_TRIED = 3, /* keys that are tried present and absent in all combinations */
    LITERALS_MAX = 16,   /* texts of one key that are cases of their own */
    SPLITS_MAX = 3,      /* keys whose cases are told apart */
};

/* -- what is open ------------------------------------------------------------------------------ */

static bool is_known(const struct variable *variable, str text)
{
    for (uint32_t i = 0; i < variable->literal_count; i++) {
        if (str_eq(variable->literals[i], text)) {
            return true;
        }
    }
    return false;
}

static enum rc literals_take(const struct model_key *key, struct arena *arena,
                             struct variable *variable)
{
    str *literals = NEW_ARRAY(arena, LITERALS_MAX, str);

    if (literals == NULL) {
        return RC_NOMEM;
    }
    variable->literals = literals;
    for (const struct test *test = key->first; test != NULL; test = test->next) {
        bool texts = test->type == OPERAND_STRING || test->type == OPERAND_ARN;
        for (uint32_t i = 0; texts && i < test->count; i++) {
            str text;
            if (!test->patterns[i].literal || variable->literal_count == LITERALS_MAX) {
                continue;
            }
            TRY(letters_str(test->patterns[i].fixed, arena, &text));
            if (!is_known(variable, text)) {
                literals[variable->literal_count++] = text;
            }
        }
    }
    return RC_OK;
}

static enum rc variable_take(const struct model *model, const struct solution *found, str folded,
                             struct arena *arena, struct variable *ret)
{
    *ret = (struct variable){ .key = arena_str(arena, folded) };
    if (ret->key.ptr == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < model->key_count; i++) {
        if (!str_eq(model->keys[i].folded, folded)) {
            continue;
        }
        TRY(literals_take(&model->keys[i], arena, ret));
        if (found->keys[i].form == KEY_ONE) {
            TRY(letters_str(found->keys[i].values[0], arena, &ret->value));
        }
    }
    return RC_OK;
}

enum rc variables_take(const struct model *model, const struct solution *found, struct arena *arena,
                       struct attempt *ret)
{
    ret->variables = NEW_ARRAY(arena, model->symbol_count, struct variable);
    if (ret->variables == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < model->symbol_count; i++) {
        str folded = model->symbols[i].key;
        bool twice = false;
        for (uint32_t j = 0; j < ret->variable_count && !twice; j++) {
            twice = str_eq(ret->variables[j].key, folded);
        }
        if (!twice) {
            TRY(variable_take(model, found, folded, arena, &ret->variables[ret->variable_count++]));
        }
    }
    return RC_OK;
}

/* -- trying values ----------------------------------------------------------------------------- */

/* A value for each variable: as in the example found, something nobody else has, or none. */
static enum rc pins_choose(struct comparison *c, const struct attempt *open, uint32_t absent,
                           bool from_example, struct context_entry *pins, size_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < open->variable_count; i++) {
        const struct variable *variable = &open->variables[i];
        str *value = NEW(c->arena, str);
        bool none = i < VARIABLES_TRIED ? (absent >> i) & 1 : absent != 0;
        if (value == NULL) {
            return RC_NOMEM;
        }
        *value = from_example && variable->value.ptr != NULL
                     ? variable->value
                     : arena_printf(c->arena, "example%u", i + 1);
        if (value->ptr == NULL) {
            return RC_NOMEM;
        }
        pins[(*count)++] = (struct context_entry){ variable->key, value, none ? 0 : 1, false };
    }
    for (size_t i = 0; i < c->options->known_count; i++) {
        pins[(*count)++] = c->options->known[i];
    }
    return RC_OK;
}

/* With each choice of values the search is exact. Finding nothing proves nothing: there are more. */
static enum rc values_try(struct comparison *c, const struct view *view, str resource_account,
                          const struct attempt *open)
{
    struct context_entry *pins = NEW_ARRAY(c->arena, open->variable_count + c->options->known_count,
                                           struct context_entry);
    uint32_t bits = open->variable_count < VARIABLES_TRIED ? open->variable_count : VARIABLES_TRIED;

    if (pins == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i <= (1u << bits); i++) { /* first with the values of the example */
        struct premises premises = { .pins = pins };
        struct attempt with;
        TRY(pins_choose(c, open, i == 0 ? 0 : i - 1, i == 0, pins, &premises.pin_count));
        TRY(compare_attempt(c, view, resource_account, &premises, &with));
        if (with.verdict == VERDICT_YES) {
            return RC_OK;
        }
    }
    return RC_OK;
}

/* One variable after the other gets a value; the next what the example has for it then: where a key has
 * to equal another's variable, it does. */
static enum rc values_follow(struct comparison *c, const struct view *view, str resource_account,
                             const struct attempt *open)
{
    size_t known = c->options->known_count, room = known + open->variable_count;
    struct context_entry *pins = NEW_ARRAY(c->arena, room, struct context_entry);
    struct premises premises = { .pins = pins, .pin_count = known };
    struct attempt at = *open;

    for (size_t i = 0; pins != NULL && i < known; i++) {
        pins[i] = c->options->known[i];
    }
    while (pins != NULL && at.verdict == VERDICT_YES && at.variable_count > 0 &&
           premises.pin_count < room) {
        struct variable *v = &at.variables[0];
        v->value = v->value.ptr == NULL ? STR("example") : v->value;
        pins[premises.pin_count++] = (struct context_entry){ v->key, &v->value, 1, false };
        TRY(compare_attempt(c, view, resource_account, &premises, &at));
    }
    return pins == NULL ? RC_NOMEM : RC_OK;
}

/* -- telling cases apart ----------------------------------------------------------------------- */

struct cases {
    struct comparison *c;
    const struct view *view;
    str resource_account;
    struct context_entry *pins;
    struct assumption assumed[SPLITS_MAX];
};

static enum rc cases_prove(struct cases *cases, size_t pin_count, size_t assumed_count,
                           const struct attempt *open);

static enum rc case_prove(struct cases *cases, size_t pin_count, size_t assumed_count)
{
    struct comparison *c = cases->c;
    struct premises premises = { cases->pins, pin_count, cases->assumed, assumed_count };
    struct attempt attempt;

    if (c->result->verdict == ANALYSIS_COUNTEREXAMPLE || c->result->reason != REASON_NONE) {
        return RC_OK; /* answered, or no proof any more */
    }
    TRY(compare_attempt(c, cases->view, cases->resource_account, &premises, &attempt));
    return attempt.verdict == VERDICT_YES && attempt.variable_count > 0
               ? cases_prove(cases, pin_count, assumed_count, &attempt)
               : RC_OK;
}

/* The next variable nothing is assumed of yet; NULL when that were too many. */
static const struct variable *next_variable(const struct cases *cases, size_t pin_count,
                                            size_t assumed_count, const struct attempt *open)
{
    size_t split = pin_count - cases->c->options->known_count + assumed_count;

    for (uint32_t i = 0; i < open->variable_count && split < SPLITS_MAX; i++) {
        bool assumed = false;
        for (size_t j = 0; j < assumed_count && !assumed; j++) {
            assumed = str_eq(cases->assumed[j].key, open->variables[i].key);
        }
        if (!assumed) {
            return &open->variables[i];
        }
    }
    return NULL;
}

static enum rc cases_prove(struct cases *cases, size_t pin_count, size_t assumed_count,
                           const struct attempt *open)
{
    const struct variable *v = next_variable(cases, pin_count, assumed_count, open);
    struct assumption *assumed = &cases->assumed[assumed_count];
    struct context_entry *pin = &cases->pins[pin_count];

    if (v == NULL) {
        compare_unknown(cases->c, REASON_VARIABLES);
        return RC_OK;
    }
    *pin = (struct context_entry){ .key = v->key };
    TRY(case_prove(cases, pin_count + 1, assumed_count));
    for (uint32_t i = 0; i < v->literal_count; i++) {
        *pin = (struct context_entry){ v->key, &v->literals[i], 1, false };
        TRY(case_prove(cases, pin_count + 1, assumed_count));
    }
    *assumed = (struct assumption){ .key = v->key, .list = true };
    TRY(case_prove(cases, pin_count, assumed_count + 1));
    *assumed = (struct assumption){ .key = v->key,
                                    .others = v->literals,
                                    .other_count = v->literal_count };
    return case_prove(cases, pin_count, assumed_count + 1);
}

static enum rc variables_try(struct comparison *c, const struct view *view, str resource_account,
                             const struct attempt *open)
{
    size_t known = c->options->known_count;
    struct cases cases = { c, view, resource_account, NULL, { { .list = false } } };
    enum analysis_reason before = c->result->reason;

    TRY(values_try(c, view, resource_account, open));
    if (c->result->verdict != ANALYSIS_COUNTEREXAMPLE) {
        TRY(values_follow(c, view, resource_account, open));
    }
    if (c->result->verdict != ANALYSIS_COUNTEREXAMPLE) {
        c->result->reason = before; /* what was not decided of some values is no matter */
    }
    cases.pins = NEW_ARRAY(c->arena, known + SPLITS_MAX, struct context_entry);
    if (cases.pins == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < known; i++) {
        cases.pins[i] = c->options->known[i];
    }
    return c->result->verdict == ANALYSIS_COUNTEREXAMPLE ? RC_OK
                                                         : cases_prove(&cases, known, 0, open);
}

enum rc compare_view(struct comparison *c, const struct view *view, str resource_account)
{
    struct premises premises = { c->options->known, c->options->known_count, NULL, 0 };
    struct attempt first;

    TRY(compare_attempt(c, view, resource_account, &premises, &first));
    if (first.verdict == VERDICT_YES && first.variable_count > 0) {
        return variables_try(c, view, resource_account, &first);
    }
    return RC_OK;
}
