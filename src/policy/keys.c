/* Which context keys a document asks about: in its conditions and as policy variables. */
#include "policy/engine.h"

struct collector {
    struct arena *arena;
    str *keys;
    size_t count, room;
};

static enum rc add(struct collector *c, str key)
{
    for (size_t i = 0; i < c->count; i++) {
        if (str_eq_nocase(c->keys[i], key)) { /* C-7 */
            return RC_OK;
        }
    }
    if (c->count == c->room) {
        size_t room = c->room == 0 ? 16 : c->room * 2;
        str *more = NEW_ARRAY(c->arena, room, str);

        if (more == NULL) {
            return RC_NOMEM;
        }
        for (size_t i = 0; i < c->count; i++) {
            more[i] = c->keys[i];
        }
        c->keys = more;
        c->room = room;
    }
    c->keys[c->count++] = key;
    return RC_OK;
}

static enum rc add_variables(struct collector *c, str text)
{
    struct text_pattern pattern;
    enum rc rc = text_compile(text, true, c->arena, &pattern);

    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return RC_OK; /* such a value matches nothing, whatever the request says */
    }
    TRY(rc);
    for (uint16_t i = 0; i < pattern.part_count; i++) {
        if (pattern.parts[i].kind == PART_VARIABLE) {
            TRY(add(c, pattern.parts[i].text));
        }
    }
    return RC_OK;
}

static enum rc add_list_variables(struct collector *c, const struct json *list)
{
    for (const struct json *v = list_first(list); v != NULL; v = list_next(list, v)) {
        if (v->type == JSON_STRING) {
            TRY(add_variables(c, v->text));
        }
    }
    return RC_OK;
}

/* V-7 */
static bool takes_variables(str operator_name)
{
    const struct operator_row *op = NULL;
    enum quantifier quantifier;
    bool if_exists;

    if (operator_parse(operator_name, &op, &quantifier, &if_exists) != RC_OK) {
        return false;
    }
    enum operand_type type = operator_facts(op).type;
    return type == OPERAND_STRING || type == OPERAND_ARN || type == OPERAND_BOOL;
}

static enum rc add_conditions(struct collector *c, const struct json *block, bool variables)
{
    if (block == NULL) {
        return RC_OK;
    }
    for (const struct json *op = block->first; op != NULL; op = op->next) {
        bool here = variables && takes_variables(op->key);

        for (const struct json *key = op->first; key != NULL; key = key->next) {
            TRY(add(c, key->key));
            if (here) {
                TRY(add_list_variables(c, key));
            }
        }
    }
    return RC_OK;
}

/* folded_action absent: every statement counts. */
static enum rc covers(const struct doc_statement *statement, str folded_action, struct arena *arena,
                      bool *ret)
{
    bool listed = false;

    *ret = true;
    if (folded_action.ptr == NULL) {
        return RC_OK;
    }
    for (const struct json *a = list_first(statement->action); a != NULL;
         a = list_next(statement->action, a)) {
        str pattern;
        TRY(action_fold(a->text, arena, &pattern));
        listed = listed || (pattern.ptr != NULL && glob_match(pattern, folded_action));
    }
    *ret = listed != statement->not_action;
    return RC_OK;
}

enum rc policy_context_keys(const struct policy_document *doc, str action, struct arena *arena,
                            const str **ret, size_t *ret_count)
{
    struct collector c = { .arena = arena };
    str folded = STR_NONE;

    if (action.ptr != NULL) {
        TRY(action_fold(action, arena, &folded));
        folded = folded.ptr == NULL ? STR("") : folded;
    }
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct doc_statement *statement = &doc->statements[i];
        bool covered;

        TRY(covers(statement, folded, arena, &covered));
        if (!covered) {
            continue;
        }
        if (doc->variables) {
            TRY(add_list_variables(&c, statement->resource));
        }
        TRY(add_conditions(&c, statement->condition, doc->variables));
    }
    *ret = c.keys;
    *ret_count = c.count;
    return RC_OK;
}
