/* Conditions as nodes: an operator with a key becomes a test. */
#include "analysis/parts.h"

#include "codec/base64.h"

static struct shape value_shape(str name, enum operand_type type)
{
    if (type == OPERAND_ARN) {
        return (struct shape){ TOKEN_LITERAL, true, true, FLAVOUR_ARN };
    }
    if (type == OPERAND_BOOL || str_ends(name, STR("IgnoreCase"))) {
        return (struct shape){ TOKEN_NOCASE, false, false, FLAVOUR_NOCASE };
    }
    return (struct shape){ TOKEN_LITERAL, str_ends(name, STR("Like")), false, FLAVOUR_PLAIN };
}

static enum taken bytes_pattern(struct model *model, str value, struct pattern *ret)
{
    buf bytes = buf_arena(&model->work->arena, value.len + 1);
    struct pattern_draft draft;
    enum rc rc = base64_decode(BASE64_STANDARD, value, &bytes);

    if (rc == RC_NOMEM || bytes.err == RC_NOMEM) {
        model->work->stop = STOP_NOMEM;
        return TAKEN_STOP;
    }
    if (rc != RC_OK) {
        return TAKEN_NEVER; /* C-10 */
    }
    if (!draft_begin(&draft, model->work, bytes.len)) {
        return TAKEN_STOP;
    }
    draft_text(&draft, buf_str(&bytes), TOKEN_LITERAL, false, false);
    return draft_end(&draft, value, ret) ? TAKEN_YES : TAKEN_STOP;
}

static enum taken text_value(struct model *model, const struct test *test, str value,
                             struct pattern *ret)
{
    struct shape shape = value_shape(test->name, test->type);
    enum taken taken;
    bool boolean;

    if (test->type == OPERAND_BINARY) {
        return bytes_pattern(model, value, ret);
    }
    taken = pattern_take(model, value, test->variables, &shape, ret);
    if (taken == TAKEN_YES && test->type == OPERAND_BOOL) {
        /* Only a boolean is hit (C-10): what a variable may hold need not be one. */
        ret->positive_only = ret->symbols;
        if (!ret->symbols) {
            buf text = buf_arena(&model->work->arena, ret->count * 4 + 1);
            for (uint32_t i = 0; i < ret->count; i++) {
                letters_print((struct letters){ &ret->tokens[i].c, 1 }, &text);
            }
            taken = text.err == RC_OK && boolean_parse(buf_str(&text), &boolean) ? TAKEN_YES
                                                                                 : TAKEN_NEVER;
        }
    }
    return taken;
}

static enum order order_of(str name)
{
    return str_ends(name, STR("LessThan"))            ? ORDER_LESS
           : str_ends(name, STR("LessThanEquals"))    ? ORDER_AT_MOST
           : str_ends(name, STR("GreaterThan"))       ? ORDER_GREATER
           : str_ends(name, STR("GreaterThanEquals")) ? ORDER_AT_LEAST
                                                      : ORDER_EQUAL;
}

static bool texts_fill(struct model *model, const struct json *key, struct test *test)
{
    struct pattern *patterns = WORK_NEW(model->work, list_count(key) + 1u, struct pattern);

    for (const struct json *v = list_first(key); patterns != NULL && v != NULL;
         v = list_next(key, v)) {
        enum taken taken = text_value(model, test, scalar_text(v), &patterns[test->count]);
        if (taken == TAKEN_STOP) {
            return false;
        }
        test->count += taken == TAKEN_YES ? 1 : 0;
    }
    test->patterns = patterns;
    return patterns != NULL;
}

static bool values_fill(struct model *model, const struct json *key, struct test *test)
{
    size_t room = list_count(key) + 1u;
    struct decimal *numbers = WORK_NEW(model->work, room, struct decimal);
    struct instant *dates = WORK_NEW(model->work, room, struct instant);
    struct cidr *ranges = WORK_NEW(model->work, room, struct cidr);
    bool boolean;

    if (numbers == NULL || dates == NULL || ranges == NULL) {
        return false;
    }
    for (const struct json *v = list_first(key); v != NULL; v = list_next(key, v)) {
        str text = scalar_text(v);
        bool number = test->type == OPERAND_NUMBER && decimal_parse(text, &numbers[test->count]);
        bool date = test->type == OPERAND_DATE && instant_parse(text, &dates[test->count]);
        bool range = test->type == OPERAND_IP && cidr_parse(text, true, &ranges[test->count]);
        if (test->type == OPERAND_NULL && boolean_parse(text, &boolean)) {
            test->when_absent = test->when_absent || boolean;
            test->when_present = test->when_present || !boolean;
        }
        test->count += number || date || range ? 1 : 0;
    }
    if (test->type == OPERAND_NUMBER) {
        test->numbers = numbers;
    } else if (test->type == OPERAND_DATE) {
        test->dates = dates;
    } else {
        test->ranges = ranges;
    }
    return true;
}

static bool has_text(enum operand_type type)
{
    return type == OPERAND_STRING || type == OPERAND_ARN || type == OPERAND_BOOL ||
           type == OPERAND_BINARY;
}

/* The key is known: the test is answered now, unless it holds variables that are not. */
static const struct node *pinned_node(struct model *model, const struct test *test,
                                      const struct context_entry *pin)
{
    struct letters *values = WORK_NEW(model->work, pin->count + 1u, struct letters);
    struct key_state state = { pin->many        ? KEY_MANY
                               : pin->count > 0 ? KEY_ONE
                                                : KEY_ABSENT,
                               values, pin->count };
    static const struct node unknown = { .kind = NODE_FREE };

    for (uint32_t i = 0; i < pin->count; i++) {
        if (values == NULL || !letters_from(model->work, pin->values[i], &values[i])) {
            return NULL;
        }
    }
    for (uint32_t i = 0; has_text(test->type) && i < test->count; i++) {
        if (test->patterns[i].symbols) {
            return &unknown;
        }
    }
    return test_holds(model->work, test, &state) ? &node_true : &node_false;
}

/* *ret_known is false when there is no such operator. */
static struct test *test_make(struct model *model, str operator_name, const struct json *key,
                              bool variables, bool *ret_known)
{
    struct test *test = WORK_NEW(model->work, 1, struct test);
    const struct operator_row *row;
    struct operator_facts facts;

    *ret_known = true;
    if (test == NULL) {
        return NULL;
    }
    if (operator_parse(operator_name, &row, &test->quantifier, &test->if_exists) != RC_OK) {
        *ret_known = false;
        return test;
    }
    facts = operator_facts(row);
    test->type = facts.type;
    test->negated = facts.negated;
    test->name = facts.name;
    test->order = order_of(facts.name);
    test->node = key;
    test->variables = variables;
    return (has_text(test->type) ? texts_fill(model, key, test) : values_fill(model, key, test))
               ? test
               : NULL;
}

static uint32_t test_hash(const struct test *test)
{
    uint32_t hash = (uint32_t)test->type * 8 + (uint32_t)test->quantifier * 2 + test->if_exists;

    for (const struct json *v = list_first(test->node); v != NULL; v = list_next(test->node, v)) {
        str text = scalar_text(v);
        for (size_t i = 0; i < text.len; i++) {
            hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619;
        }
    }
    return hash;
}

/* The test itself, or the one before it that asks the same: of a document that is compared with a
 * later version of itself, most are. */
static const struct test *test_enter(struct model *model, struct test *test)
{
    struct model_key *key = &model->keys[test->key];

    test->hash = test_hash(test);
    test->reads = key->type;
    test->typed = key->typed && (key->type == test->type || key->type == OPERAND_BOOL);
    /* Who asks for any or all of its values takes it for a list. */
    key->nature.single = key->nature.single && (test->quantifier == QUANTIFIER_NONE || test->made);
    for (const struct test *t = key->first; t != NULL; t = t->next) {
        if (t->hash == test->hash && test_same(t, test)) {
            return t;
        }
    }
    test->next = key->first;
    test->index = model->test_count++;
    key->first = test;
    key->tests++;
    return test;
}

static const struct node *test_node(struct model *model, struct test *test)
{
    const struct context_entry *pin;
    struct node *node;
    str folded;

    if (!fold_text(model->work, test->node->key, &folded)) {
        return NULL;
    }
    pin = pin_find(model, folded);
    if (pin != NULL) {
        return pinned_node(model, test, pin);
    }
    if (!key_index(model, test->node->key, folded, &test->key)) {
        return NULL;
    }
    node = node_new(model, NODE_TEST);
    if (node != NULL) {
        node->test = test_enter(model, test);
    }
    return node;
}

const struct node *model_hit(struct model *model, str operator_name, const struct json *key,
                             bool variables)
{
    bool known;
    struct test *test = test_make(model, operator_name, key, variables, &known);

    if (test == NULL || !known) {
        return test == NULL ? NULL : &node_false;
    }
    test->negated = test->if_exists = false;
    test->quantifier = QUANTIFIER_ANY;
    test->made = true;
    return test_node(model, test);
}

const struct node *condition_node(struct model *model, str operator_name, const struct json *key,
                                  enum effect effect, bool variables)
{
    bool known;
    struct test *test = test_make(model, operator_name, key, variables, &known);

    if (test == NULL) {
        return NULL;
    }
    if (!known) {
        return effect == EFFECT_DENY ? &node_true : &node_false; /* C-9 */
    }
    return test_node(model, test);
}

/* A condition that no document has. */
static const struct node *made_node(struct model *model, str operator_name, str folded,
                                    const str *values, uint32_t count)
{
    struct json *key = WORK_NEW(model->work, count + 1u, struct json), *items;

    if (key == NULL) {
        return NULL;
    }
    items = key + 1;
    *key = (struct json){ .type = JSON_ARRAY, .key = folded, .count = count };
    key->first = count > 0 ? items : NULL;
    for (uint32_t i = 0; i < count; i++) {
        items[i] = (struct json){ .type = JSON_STRING, .text = values[i] };
        items[i].next = i + 1 < count ? &items[i + 1] : NULL;
    }
    return condition_node(model, operator_name, key, EFFECT_ALLOW, false);
}

/* A list is neither absent (where IfExists holds of no values) nor one text; of one text the negated
 * operator says that it is none of those, and of a list nothing (C-14). */
static const struct node *assumption_node(struct model *model, const struct assumption *a)
{
    static const str any = STR_INIT("*"), no = STR_INIT("false");
    const struct node *x, *y;

    if (a->list) {
        x = node_not(model, made_node(model, STR("StringEqualsIfExists"), a->key, NULL, 0));
        y = node_not(model, made_node(model, STR("StringLike"), a->key, &any, 1));
    } else {
        x = made_node(model, STR("Null"), a->key, &no, 1);
        y = made_node(model, STR("StringNotEquals"), a->key, a->others, a->other_count);
    }
    return node_and(model, x, y);
}

const struct node *model_assumptions(struct model *model)
{
    const struct node *node = &node_true;

    for (size_t i = 0; i < model->assumed_count; i++) {
        node = node_and(model, node, assumption_node(model, &model->assumed[i]));
    }
    return node;
}
