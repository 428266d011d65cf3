/* Documents as formulas. What a statement asks becomes literals over independent dimensions - the
 * action, the resource, each context key - and what a stack decides becomes a formula over its
 * statements. */
#ifndef MANTLE_ANALYSIS_MODEL_H
#define MANTLE_ANALYSIS_MODEL_H

#include "analysis/analysis.h"
#include "analysis/key.h"

enum dimension { DIMENSION_ACTION, DIMENSION_RESOURCE, DIMENSION_COUNT };

struct atom { /* the action, or the resource, matches a pattern of the list */
    enum dimension dimension;
    uint32_t index;
    uint32_t count, wild_count;
    struct pattern *patterns; /* those that are no literals first */
    uint32_t *slots;          /* literals by hash: index and 1, open addressing */
    uint32_t slot_mask;
};
/* Whether the literal is in the list as it stands. */
bool atom_lists(const struct atom *atom, const struct pattern *literal);

enum node_kind {
    NODE_FALSE,
    NODE_TRUE,
    NODE_FREE,
    NODE_ATOM,
    NODE_TEST,
    NODE_NOT,
    NODE_AND,
    NODE_OR
};
struct node {
    enum node_kind kind;
    uint32_t count, cap;
    const struct node **kids;
    const struct atom *atom;
    const struct test *test;
};
extern const struct node node_false, node_true;

struct model_key {
    str folded, shown;
    struct key_nature nature;
    bool typed; /* it has values of one type only */
    enum operand_type type;
    uint32_t tests;
    const struct test *first; /* of them */
};
struct symbol {
    str key, fallback;
};

/* What a part of a proof takes a key to be whose value is not known: a list of texts, or one text that
 * is none of those listed. */
struct assumption {
    str key; /* folded */
    bool list;
    const str *others;
    uint32_t other_count;
};

struct model {
    struct work *work;
    /* Keys whose value is known; count 0 and not `many`: known to be absent. */
    const struct context_entry *pins;
    size_t pin_count;
    const struct assumption *assumed;
    size_t assumed_count;
    struct model_key *keys;
    uint32_t key_count, key_cap;
    struct symbol *symbols;
    uint32_t symbol_count, symbol_cap;
    uint32_t atom_count;
    uint32_t test_count;
};

/* A statement: what it takes to apply, its principal part left out. NULL with work->stop set. */
const struct node *model_statement(struct model *model, const struct policy_document *doc,
                                   const struct doc_statement *statement);

/* Some value of the key is among the operator's, whatever its negation and quantifier say. */
const struct node *model_hit(struct model *model, str operator_name, const struct json *key,
                             bool variables);

/* What model->assumed says of its keys. */
const struct node *model_assumptions(struct model *model);

/* Built-in lists of actions (folded) and of resources (six segments). */
const struct node *model_actions(struct model *model, const str *patterns, uint32_t count);
const struct node *model_resource(struct model *model, str pattern);

/* Constants fold. NULL operands (memory ran out) give NULL. */
const struct node *node_not(struct model *model, const struct node *a);
const struct node *node_and(struct model *model, const struct node *a, const struct node *b);
const struct node *node_or(struct model *model, const struct node *a, const struct node *b);
/* Any of the kids, which are kept. */
const struct node *node_any(struct model *model, const struct node **kids, uint32_t count);

#endif
