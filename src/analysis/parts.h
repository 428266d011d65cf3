/* The parts of a model, shared by the files that make it. */
#ifndef MANTLE_ANALYSIS_PARTS_H
#define MANTLE_ANALYSIS_PARTS_H

#include "analysis/model.h"

/* NULL with work->stop set. */
struct node *node_new(struct model *model, enum node_kind kind);
bool node_add(struct model *model, struct node *node, const struct node *kid);
struct atom *atom_new(struct model *model, enum dimension dimension, size_t room);
/* An atom without patterns is never true. */
const struct node *atom_node(struct model *model, struct atom *atom);

/* The key's known value; NULL when it is not known. */
const struct context_entry *pin_find(const struct model *model, str folded);
/* What is assumed of it; NULL when nothing is. */
const struct assumption *assumption_find(const struct model *model, str folded);
bool key_index(struct model *model, str shown, str folded, uint32_t *ret);
/* The letter of a variable: one for each key and default. */
bool symbol_letter(struct model *model, str key, str fallback, uint32_t *ret);
bool fold_text(struct work *work, str text, str *ret);

struct shape { /* how the text of a value is read */
    enum token_kind literal;
    bool wild;
    bool arn; /* wildcards stay inside the first five segments */
    enum flavour flavour;
};

enum taken { TAKEN_NEVER, TAKEN_YES, TAKEN_STOP };

/* NEVER: a variable cannot be resolved, or an ARN has too few segments. */
enum taken pattern_take(struct model *model, str value, bool variables, const struct shape *shape,
                        struct pattern *ret);

/* C-9: an operator that is not known is false on Allow and true on Deny. */
const struct node *condition_node(struct model *model, str operator_name, const struct json *key,
                                  enum effect effect, bool variables);

#endif
