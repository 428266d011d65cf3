#include "analysis/parts.h"

#include "catalogue/catalogue.h"
#include "policy/text.h"

#include <string.h>

const struct node node_false = { .kind = NODE_FALSE }, node_true = { .kind = NODE_TRUE };

/* -- nodes ------------------------------------------------------------------------------------- */

struct node *node_new(struct model *model, enum node_kind kind)
{
    struct node *node = WORK_NEW(model->work, 1, struct node);

    if (node != NULL) {
        node->kind = kind;
    }
    return node;
}

bool node_add(struct model *model, struct node *node, const struct node *kid)
{
    if (node->count == node->cap) {
        uint32_t cap = node->cap == 0 ? 4 : node->cap * 2;
        const struct node **kids = WORK_NEW(model->work, cap, const struct node *);
        if (kids == NULL) {
            return false;
        }
        for (uint32_t i = 0; i < node->count; i++) {
            kids[i] = node->kids[i];
        }
        node->kids = kids;
        node->cap = cap;
    }
    node->kids[node->count++] = kid;
    return true;
}

const struct node *node_not(struct model *model, const struct node *a)
{
    struct node *node;

    if (a == NULL || a->kind == NODE_TRUE || a->kind == NODE_FALSE) {
        return a == NULL ? NULL : a->kind == NODE_TRUE ? &node_false : &node_true;
    }
    node = node_new(model, NODE_NOT);
    return node != NULL && node_add(model, node, a) ? node : NULL;
}

static const struct node *node_join(struct model *model, enum node_kind kind, const struct node *a,
                                    const struct node *b)
{
    enum node_kind neutral = kind == NODE_AND ? NODE_TRUE : NODE_FALSE;
    enum node_kind strong = kind == NODE_AND ? NODE_FALSE : NODE_TRUE;
    struct node *node;

    if (a == NULL || b == NULL) {
        return NULL;
    }
    if (a->kind == strong || b->kind == neutral) {
        return a;
    }
    if (b->kind == strong || a->kind == neutral) {
        return b;
    }
    node = node_new(model, kind);
    return node != NULL && node_add(model, node, a) && node_add(model, node, b) ? node : NULL;
}

const struct node *node_and(struct model *model, const struct node *a, const struct node *b)
{
    return node_join(model, NODE_AND, a, b);
}

const struct node *node_or(struct model *model, const struct node *a, const struct node *b)
{
    return node_join(model, NODE_OR, a, b);
}

const struct node *node_any(struct model *model, const struct node **kids, uint32_t count)
{
    struct node *node;

    if (count < 2) {
        return count == 0 ? &node_false : kids[0];
    }
    node = node_new(model, NODE_OR);
    if (node != NULL) {
        node->kids = kids;
        node->count = node->cap = count;
    }
    return node;
}

static bool same_text(struct letters a, struct letters b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len * sizeof(*a.ptr)) == 0;
}

bool atom_lists(const struct atom *atom, const struct pattern *literal)
{
    uint32_t slot = literal->hash & atom->slot_mask;

    for (; atom->slots[slot] != 0; slot = (slot + 1) & atom->slot_mask) {
        const struct pattern *p = &atom->patterns[atom->slots[slot] - 1];
        if (p->hash == literal->hash && same_text(p->fixed, literal->fixed)) {
            return true;
        }
    }
    return false;
}

/* Moves what is no literal to the front, and enters the others in the table. */
static bool atom_arrange(struct model *model, struct atom *atom)
{
    uint32_t cap = 4;

    while (cap < atom->count * 2) {
        cap *= 2;
    }
    atom->slots = WORK_NEW(model->work, cap, uint32_t);
    atom->slot_mask = cap - 1;
    for (uint32_t i = 0; i < atom->count; i++) {
        if (!atom->patterns[i].literal) {
            struct pattern wild = atom->patterns[i];
            atom->patterns[i] = atom->patterns[atom->wild_count];
            atom->patterns[atom->wild_count++] = wild;
        }
    }
    for (uint32_t i = atom->wild_count; atom->slots != NULL && i < atom->count; i++) {
        uint32_t slot = atom->patterns[i].hash & atom->slot_mask;
        while (atom->slots[slot] != 0) {
            slot = (slot + 1) & atom->slot_mask;
        }
        atom->slots[slot] = i + 1;
    }
    return atom->slots != NULL;
}

const struct node *atom_node(struct model *model, struct atom *atom)
{
    struct node *node;

    if (atom->count == 0) {
        return &node_false;
    }
    node = atom_arrange(model, atom) ? node_new(model, NODE_ATOM) : NULL;
    atom->index = model->atom_count++;
    if (node != NULL) {
        node->atom = atom;
    }
    return node;
}

struct atom *atom_new(struct model *model, enum dimension dimension, size_t room)
{
    struct atom *atom = WORK_NEW(model->work, 1, struct atom);

    if (atom == NULL) {
        return NULL;
    }
    atom->dimension = dimension;
    atom->patterns = WORK_NEW(model->work, room + 1, struct pattern);
    return atom->patterns == NULL ? NULL : atom;
}

/* -- keys and variables ------------------------------------------------------------------------ */

const struct context_entry *pin_find(const struct model *model, str folded)
{
    for (size_t i = 0; i < model->pin_count; i++) {
        if (equals_folded(model->pins[i].key, folded)) {
            return &model->pins[i];
        }
    }
    return NULL;
}

const struct assumption *assumption_find(const struct model *model, str folded)
{
    for (size_t i = 0; i < model->assumed_count; i++) {
        if (str_eq(model->assumed[i].key, folded)) {
            return &model->assumed[i];
        }
    }
    return NULL;
}

static enum key_habit habit_of(str folded)
{
    static const struct {
        str key;
        enum key_habit habit;
    } rows[] = {
        { STR_INIT("aws:currenttime"), HABIT_ALWAYS },
        { STR_INIT("aws:epochtime"), HABIT_ALWAYS },
        { STR_INIT("aws:securetransport"), HABIT_ALWAYS },
        { STR_INIT("aws:requestedregion"), HABIT_ALWAYS },
        { STR_INIT("aws:useragent"), HABIT_ALWAYS },
        { STR_INIT("aws:viaawsservice"), HABIT_ALWAYS },
        { STR_INIT("aws:principalaccount"), HABIT_ALWAYS },
        { STR_INIT("aws:principaltype"), HABIT_ALWAYS },
        { STR_INIT("aws:principalarn"), HABIT_ALWAYS },
        { STR_INIT("aws:principalisawsservice"), HABIT_ALWAYS },
        { STR_INIT("aws:resourceaccount"), HABIT_ALWAYS },
        { STR_INIT("aws:userid"), HABIT_ALWAYS },
        { STR_INIT("aws:tagkeys"), HABIT_MANY },
        { STR_INIT("aws:calledvia"), HABIT_MANY },
        { STR_INIT("aws:principalorgpaths"), HABIT_MANY },
        { STR_INIT("aws:principalservicenameslist"), HABIT_MANY },
        { STR_INIT("aws:vpceorgpaths"), HABIT_MANY },
        { STR_INIT("aws:sourceorgpaths"), HABIT_MANY },
        { STR_INIT("aws:resourceorgpaths"), HABIT_MANY },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(folded, rows[i].key)) {
            return rows[i].habit;
        }
    }
    return HABIT_SOMETIMES;
}

/* What the catalogue of services says of the key: a form and a type that no request departs from need
 * not be thought of. Of a key that is not in it nothing is known. */
static struct model_key key_new(str folded, str shown)
{
    static const enum operand_type types[] = {
        [KEY_BOOL] = OPERAND_BOOL,
        [KEY_NUMERIC] = OPERAND_NUMBER,
        [KEY_DATE] = OPERAND_DATE,
        [KEY_IP] = OPERAND_IP,
    };
    struct model_key key = { .folded = folded, .shown = shown };
    struct catalogue catalogue;
    struct catalogue_key known;

    key.nature.habit = habit_of(folded);
    if (catalogue_shipped(&catalogue) != RC_OK || !catalogue_key_find(&catalogue, folded, &known)) {
        return key;
    }
    key.nature.filled = true;
    key.nature.single = !key_type_is_multivalued(known.type);
    key.typed = known.type == KEY_BOOL || known.type == KEY_NUMERIC || known.type == KEY_DATE ||
                known.type == KEY_IP;
    key.type = key.typed ? types[known.type] : OPERAND_STRING;
    return key;
}

bool fold_text(struct work *work, str text, str *ret)
{
    char *bytes = WORK_NEW(work, text.len + 1, char);

    for (size_t i = 0; bytes != NULL && i < text.len; i++) {
        bytes[i] = ascii_lower(text.ptr[i]);
    }
    *ret = str_from(bytes, text.len);
    return bytes != NULL;
}

static void *grown(struct work *work, const void *old, uint32_t count, uint32_t *cap, size_t size)
{
    uint32_t more = *cap == 0 ? 16 : *cap * 2;
    void *items = work_alloc(work, more, size);

    if (items != NULL && count > 0) {
        memcpy(items, old, count * size);
    }
    *cap = items == NULL ? *cap : more;
    return items;
}

bool key_index(struct model *model, str shown, str folded, uint32_t *ret)
{
    for (uint32_t i = 0; i < model->key_count; i++) {
        if (str_eq(model->keys[i].folded, folded)) {
            *ret = i;
            return true;
        }
    }
    if (model->key_count == model->key_cap) {
        void *keys = grown(model->work, model->keys, model->key_count, &model->key_cap,
                           sizeof(*model->keys));
        if (keys == NULL) {
            return false;
        }
        model->keys = keys;
    }
    *ret = model->key_count;
    model->keys[model->key_count++] = key_new(folded, shown);
    return true;
}

bool symbol_letter(struct model *model, str key, str fallback, uint32_t *ret)
{
    uint32_t i = 0;

    while (i < model->symbol_count &&
           (!str_eq(model->symbols[i].key, key) ||
            (model->symbols[i].fallback.ptr == NULL) != (fallback.ptr == NULL) ||
            !str_eq(model->symbols[i].fallback, fallback))) {
        i++;
    }
    if (i == model->symbol_count) {
        if (model->symbol_count == model->symbol_cap) {
            void *symbols = grown(model->work, model->symbols, i, &model->symbol_cap,
                                  sizeof(*model->symbols));
            if (symbols == NULL) {
                return false;
            }
            model->symbols = symbols;
        }
        model->symbols[model->symbol_count++] = (struct symbol){ key, fallback };
    }
    *ret = LETTER_SYMBOL + i * 4;
    return true;
}
