/* The part of the engine that the floor above may see: the parsed document, the table of operators,
 * and how strongly a statement names a caller. For folders that judge documents without deciding
 * requests (analysis/, lint/); everybody else stops at policy.h, and nobody outside policy/ includes
 * engine.h. */
#ifndef MANTLE_POLICY_INSIDE_H
#define MANTLE_POLICY_INSIDE_H

#include "codec/json.h"
#include "policy/policy.h"

enum effect { EFFECT_NONE, EFFECT_ALLOW, EFFECT_DENY };
_Static_assert(EFFECT_NONE < EFFECT_ALLOW && EFFECT_ALLOW < EFFECT_DENY,
               "within a set the greatest effect wins (E-2)");

/* -- parsed ------------------------------------------------------------------------------------ */

/* Elements are kept as they stood: one value or an array of them (E-3). NULL when absent. */
struct doc_statement {
    enum effect effect;
    str sid;
    const struct json *node; /* the whole statement, for its span */
    const struct json *action, *resource, *principal, *condition;
    bool not_action, not_resource, not_principal;
};

struct policy_document {
    enum policy_kind kind;
    bool variables; /* Version 2012-10-17 (V-1, V-2) */
    uint32_t count;
    const struct doc_statement *statements;
};

/* E-3: walks the members of "one string or an array of strings". */
static inline const struct json *list_first(const struct json *list)
{
    return list == NULL ? NULL : list->type == JSON_ARRAY ? list->first : list;
}

static inline const struct json *list_next(const struct json *list, const struct json *item)
{
    return list->type == JSON_ARRAY ? item->next : NULL;
}

static inline uint32_t list_count(const struct json *list)
{
    return list == NULL ? 0 : list->type == JSON_ARRAY ? (uint32_t)list->count : 1;
}

/* C-13: numbers and booleans stand for their texts. */
static inline str scalar_text(const struct json *value)
{
    return value->type == JSON_TRUE    ? STR("true")
           : value->type == JSON_FALSE ? STR("false")
                                       : value->text;
}

/* -- operators --------------------------------------------------------------------------------- */

enum quantifier { QUANTIFIER_NONE, QUANTIFIER_ANY, QUANTIFIER_ALL };
struct operator_row;

/* The operator's row and its modifiers, from its name (C-6, C-8, M-6). RC_NOENT: no such operator;
 * RC_SYNTAX: Null with IfExists (G-9). */
MUST_CHECK enum rc operator_parse(str name, const struct operator_row **ret_op,
                                  enum quantifier *ret_quantifier, bool *ret_if_exists);

enum operand_type {
    OPERAND_STRING,
    OPERAND_NUMBER,
    OPERAND_DATE,
    OPERAND_BOOL,
    OPERAND_BINARY,
    OPERAND_IP,
    OPERAND_ARN,
    OPERAND_NULL,
};
/* Views into the row. negated: true when no value may match (C-3, C-5). */
struct operator_facts {
    str name; /* without modifiers, as AWS writes it */
    enum operand_type type;
    bool negated;
};
struct operator_facts operator_facts(const struct operator_row *op);

/* -- principals -------------------------------------------------------------------------------- */

/* How strongly the principal part of a compiled statement names the caller (1.3); none: it does not
 * apply to him. has_boundary: P-11. Statements are numbered as they stand in the sources. */
enum strength policy_strength(const struct policy_set *set, uint32_t statement,
                              const struct principal *principal, bool has_boundary);

#endif
