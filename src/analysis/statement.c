/* Statements as nodes: actions and resources become lists of patterns. */
#include "analysis/parts.h"

#include "policy/text.h"

#include <string.h>

/* -- patterns with variables ------------------------------------------------------------------- */

/* Text in an ARN: the wildcards before its fifth colon stay inside their segment. */
static void arn_text(struct pattern_draft *draft, str text, const struct shape *shape, bool wild,
                     uint32_t *colons)
{
    str segment;

    while (*colons < 5 && take_until(&text, ':', &segment)) {
        draft_text(draft, segment, shape->literal, wild, true);
        draft_add(draft, TOKEN_LITERAL, ':');
        ++*colons;
    }
    draft_text(draft, text, shape->literal, wild, *colons < 5);
}

static void shaped_text(struct pattern_draft *draft, str text, const struct shape *shape, bool wild,
                        uint32_t *colons)
{
    if (shape->arn) {
        arn_text(draft, text, shape, wild, colons);
    } else {
        draft_text(draft, text, shape->literal, wild, false);
    }
}

/* V-3 to V-5, where the key is known; else a letter. */
static enum taken variable_take(struct model *model, const struct text_part *part,
                                const struct shape *shape, struct pattern_draft *draft,
                                uint32_t *colons)
{
    const struct context_entry *pin = pin_find(model, part->text);
    const struct assumption *assumed = assumption_find(model, part->text);
    uint32_t letter;

    if (assumed != NULL && assumed->list) {
        return TAKEN_NEVER;
    }
    if (pin == NULL) {
        /* Where the key is there, a default makes no difference. */
        str fallback = assumed == NULL ? part->fallback : STR_NONE;
        if (!symbol_letter(model, part->text, fallback, &letter)) {
            return TAKEN_STOP;
        }
        draft_add(draft, TOKEN_SYMBOL, letter + shape->flavour);
        return TAKEN_YES;
    }
    if (pin->many) {
        return TAKEN_NEVER;
    }
    if (pin->count == 0 && part->fallback.ptr == NULL) {
        return TAKEN_NEVER;
    }
    shaped_text(draft, pin->count == 0 ? part->fallback : pin->values[0], shape, false, colons);
    return TAKEN_YES;
}

static size_t pattern_room(const struct model *model, const struct text_pattern *text)
{
    size_t room = text->text.len + 8;

    for (size_t i = 0; i < text->part_count; i++) {
        const struct text_part *part = &text->parts[i];
        const struct context_entry *pin = part->kind == PART_VARIABLE ? pin_find(model, part->text)
                                                                      : NULL;
        room += 1 + part->fallback.len + (pin != NULL && pin->count > 0 ? pin->values[0].len : 0);
    }
    return room;
}

enum taken pattern_take(struct model *model, str value, bool variables, const struct shape *shape,
                        struct pattern *ret)
{
    struct text_pattern text;
    struct pattern_draft draft;
    uint32_t colons = 0;
    enum rc rc = text_compile(value, variables, &model->work->arena, &text);

    if (rc != RC_OK || !draft_begin(&draft, model->work, pattern_room(model, &text))) {
        model->work->stop = model->work->stop != STOP_NONE ? model->work->stop
                            : rc == RC_LIMIT               ? STOP_MEMORY
                                                           : STOP_NOMEM;
        return TAKEN_STOP;
    }
    if (text.part_count == 0) {
        shaped_text(&draft, text.text, shape, shape->wild, &colons);
    }
    for (size_t i = 0; i < text.part_count; i++) {
        const struct text_part *part = &text.parts[i];
        enum taken taken = TAKEN_YES;
        if (part->kind == PART_UNRESOLVABLE) {
            return TAKEN_NEVER;
        }
        if (part->kind == PART_VARIABLE) {
            taken = variable_take(model, part, shape, &draft, &colons);
        } else {
            shaped_text(&draft, part->text, shape, shape->wild && part->kind == PART_PATTERN,
                        &colons);
        }
        if (taken != TAKEN_YES) {
            return taken;
        }
    }
    if (!draft_end(&draft, value, ret)) {
        return TAKEN_STOP;
    }
    ret->loose = shape->arn && ret->symbols;
    return shape->arn && !ret->symbols && colons < 5 ? TAKEN_NEVER : TAKEN_YES;
}

/* -- actions and resources --------------------------------------------------------------------- */

static bool all_stars(str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] != '*') {
            return false;
        }
    }
    return pattern.len > 0;
}

static bool action_pattern(struct model *model, str text, struct pattern *ret)
{
    struct pattern_draft draft;
    str folded;

    if (!fold_text(model->work, text, &folded) || !draft_begin(&draft, model->work, text.len)) {
        return false;
    }
    draft_text(&draft, folded, TOKEN_LITERAL, true, false);
    return draft_end(&draft, text, ret);
}

/* A pattern without a colon names nothing, nor does one that ends at it. */
static const struct node *actions_node(struct model *model, const struct doc_statement *in)
{
    struct atom *atom = atom_new(model, DIMENSION_ACTION, list_count(in->action));
    const struct node *node = &node_false;
    size_t at;

    for (const struct json *a = list_first(in->action); atom != NULL && a != NULL;
         a = list_next(in->action, a)) {
        if (all_stars(a->text)) {
            node = &node_true; /* */
        } else if (str_find_char(a->text, ':', &at) && at + 1 < a->text.len &&
                   !action_pattern(model, a->text, &atom->patterns[atom->count++])) {
            return NULL;
        }
    }
    if (atom == NULL) {
        return NULL;
    }
    node = node->kind == NODE_TRUE ? node : atom_node(model, atom);
    return in->not_action ? node_not(model, node) : node;
}

/* */
static bool short_counts(enum policy_kind kind, str text)
{
    size_t at;

    switch (kind) {
    case POLICY_IDENTITY:
    case POLICY_SCP:
        return true;
    case POLICY_TRUST:
    case POLICY_RESOURCE:
    case POLICY_ENDPOINT:
        return str_find_char(text, '*', &at) || str_find_char(text, '?', &at);
    case POLICY_RCP:
        return false;
    }
    return false;
}

/* five segments without variables, then the rest. */
static enum taken resource_pattern(struct model *model, const struct policy_document *doc, str text,
                                   struct pattern *ret)
{
    const struct shape tail_shape = { TOKEN_LITERAL, true, false, FLAVOUR_PLAIN };
    struct pattern_draft draft;
    struct pattern tail;
    enum taken taken;
    str rest = text, segment;
    size_t found = 0;

    if (!draft_begin(&draft, model->work, text.len + 16)) {
        return TAKEN_STOP;
    }
    while (found < 5 && take_until(&rest, ':', &segment)) {
        draft_text(&draft, segment, TOKEN_LITERAL, true, true);
        draft_add(&draft, TOKEN_LITERAL, ':');
        found++;
    }
    if (found < 5) {
        if (!short_counts(doc->kind, text)) {
            return TAKEN_NEVER;
        }
        draft_text(&draft, rest, TOKEN_LITERAL, true, true);
        while (++found < 6) {
            draft_add(&draft, TOKEN_LITERAL, ':');
            draft_add(&draft, found < 5 ? TOKEN_STAR_INSIDE : TOKEN_STAR, 0);
        }
        return draft_end(&draft, text, ret) ? TAKEN_YES : TAKEN_STOP;
    }
    taken = pattern_take(model, rest, doc->variables, &tail_shape, &tail);
    if (taken != TAKEN_YES) {
        return taken;
    }
    if (tail.count > draft.cap - draft.count) { /* values put in for variables */
        struct pattern_draft wider;
        if (!draft_begin(&wider, model->work, draft.count + tail.count)) {
            return TAKEN_STOP;
        }
        memcpy(wider.tokens, draft.tokens, draft.count * sizeof(*draft.tokens));
        wider.count = draft.count;
        draft = wider;
    }
    for (uint32_t i = 0; i < tail.count; i++) {
        draft_add(&draft, tail.tokens[i].kind, tail.tokens[i].c);
    }
    return draft_end(&draft, text, ret) ? TAKEN_YES : TAKEN_STOP;
}

static const struct node *resources_node(struct model *model, const struct policy_document *doc,
                                         const struct doc_statement *in)
{
    struct atom *atom = atom_new(model, DIMENSION_RESOURCE, list_count(in->resource));
    const struct node *node = in->resource == NULL ? &node_true : &node_false; /* */

    for (const struct json *r = list_first(in->resource); atom != NULL && r != NULL;
         r = list_next(in->resource, r)) {
        enum taken taken;
        if (str_eq(r->text, STR("*"))) {
            node = &node_true; /* */
            continue;
        }
        taken = resource_pattern(model, doc, r->text, &atom->patterns[atom->count]);
        if (taken == TAKEN_STOP) {
            return NULL;
        }
        atom->count += taken == TAKEN_YES ? 1 : 0;
    }
    if (atom == NULL) {
        return NULL;
    }
    node = node->kind == NODE_TRUE ? node : atom_node(model, atom);
    return in->not_resource ? node_not(model, node) : node; /* */
}

const struct node *model_actions(struct model *model, const str *patterns, uint32_t count)
{
    struct atom *atom = atom_new(model, DIMENSION_ACTION, count);

    for (uint32_t i = 0; atom != NULL && i < count; i++) {
        if (!action_pattern(model, patterns[i], &atom->patterns[atom->count++])) {
            return NULL;
        }
    }
    return atom == NULL ? NULL : atom_node(model, atom);
}

const struct node *model_resource(struct model *model, str pattern)
{
    static const struct policy_document plain = { .kind = POLICY_IDENTITY };
    struct atom *atom = atom_new(model, DIMENSION_RESOURCE, 1);

    if (atom == NULL ||
        resource_pattern(model, &plain, pattern, &atom->patterns[0]) == TAKEN_STOP) {
        return NULL;
    }
    atom->count = 1;
    return atom_node(model, atom);
}

const struct node *model_statement(struct model *model, const struct policy_document *doc,
                                   const struct doc_statement *in)
{
    struct node *all = node_new(model, NODE_AND);
    const struct node *part = actions_node(model, in);

    if (all == NULL || part == NULL || !node_add(model, all, part)) {
        return NULL;
    }
    part = resources_node(model, doc, in);
    if (part == NULL || !node_add(model, all, part)) {
        return NULL;
    }
    for (const struct json *op = in->condition == NULL ? NULL : in->condition->first; op != NULL;
         op = op->next) {
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            part = condition_node(model, op->key, key, in->effect, doc->variables);
            if (part == NULL || !node_add(model, all, part)) {
                return NULL;
            }
        }
    }
    return all;
}
