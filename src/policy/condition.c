/* Conditions: compiling one operator-key pair, and asking whether it holds (section 2). */
#include "codec/base64.h"
#include "policy/operator.h"

static const struct context_entry *find_from(const struct policy_request *rq,
                                             const struct context_entry *entry, str folded_key)
{
    const struct context_entry *end = rq->context + rq->context_count;

    for (; entry != end; entry++) {
        if (entry->key.len == folded_key.len && equals_folded(entry->key, folded_key)) {
            return entry;
        }
    }
    return NULL;
}

const struct context_entry *context_find(const struct policy_request *rq, str folded_key)
{
    return find_from(rq, rq->context, folded_key);
}

const struct context_entry *context_find_after(const struct policy_request *rq,
                                               const struct context_entry *entry, str folded_key)
{
    return find_from(rq, entry + 1, folded_key);
}

static bool satisfies(const struct condition *condition, str text, const struct query *query)
{
    const struct operator_row *op = condition->op;
    struct operand x;
    bool hit = false;

    if (operand_read(op->type, text, &x)) {
        for (uint32_t i = 0; i < condition->value_count && !hit; i++) {
            const struct condition_value *value = &condition->values[i];
            hit = value->valid && op->match(value, &x, query);
        }
    }
    return hit != op->negated; /* C-2, C-3, C-10, C-11, M-3 */
}

/* B-3 */
static bool null_holds(const struct condition *condition, const struct context_entry *entry)
{
    bool absent = entry == NULL || entry->count == 0;

    for (uint32_t i = 0; i < condition->value_count; i++) {
        if (condition->values[i].valid && condition->values[i].boolean == absent) {
            return true;
        }
    }
    return false;
}

/* M-7: nothing but empty strings is a null data set. */
static bool holds_nothing(const struct context_entry *entry)
{
    for (uint32_t i = 0; i < entry->count; i++) {
        if (!entry->many || entry->values[i].len > 0) {
            return false;
        }
    }
    return true;
}

static bool any_satisfies(const struct condition *condition, const struct context_entry *entry,
                          const struct query *query)
{
    if (holds_nothing(entry)) {
        return false; /* M-1 */
    }
    for (uint32_t i = 0; i < entry->count; i++) {
        if (satisfies(condition, entry->values[i], query)) {
            return true;
        }
    }
    return false;
}

static bool all_satisfy(const struct condition *condition, const struct context_entry *entry,
                        const struct query *query)
{
    if (holds_nothing(entry)) {
        return true; /* M-2 */
    }
    for (uint32_t i = 0; i < entry->count; i++) {
        if (!satisfies(condition, entry->values[i], query)) {
            return false;
        }
    }
    return true;
}

static bool absent_holds(const struct condition *condition)
{
    if (condition->if_exists) {
        return true; /* C-6, M-5 */
    }
    switch (condition->quantifier) {
    case QUANTIFIER_ANY:
        return false; /* M-1 */
    case QUANTIFIER_ALL:
        return true; /* M-2 */
    case QUANTIFIER_NONE:
        return condition->op->negated; /* C-4, C-5 */
    }
    return false;
}

static bool holds_for(const struct condition *condition, const struct context_entry *entry,
                      const struct query *query)
{
    if (condition->op->type == OPERAND_NULL) {
        return null_holds(condition, entry); /* M-6: also with a quantifier */
    }
    if (entry == NULL || (entry->count == 0 && !entry->many)) {
        return absent_holds(condition);
    }
    switch (condition->quantifier) {
    case QUANTIFIER_ANY:
        return any_satisfies(condition, entry, query);
    case QUANTIFIER_ALL:
        return all_satisfy(condition, entry, query);
    case QUANTIFIER_NONE: /* C-14: a list under a plain operator is neither equal nor unequal */
        return !entry->many && satisfies(condition, entry->values[0], query);
    }
    return false;
}

/* A resource may have tags whose keys differ in case only; to a condition that is one key with two
 * answers. An Allow has to hold for each of them, a Deny for one. */
bool condition_holds(const struct condition *condition, enum effect effect,
                     const struct query *query)
{
    const struct context_entry *entry;

    if (condition->op == NULL) {
        return effect == EFFECT_DENY; /* C-9 */
    }
    entry = context_find(query->rq, condition->key);
    bool holds = holds_for(condition, entry, query);
    while (entry != NULL && holds != (effect == EFFECT_DENY)) {
        entry = context_find_after(query->rq, entry, condition->key);
        if (entry != NULL) {
            holds = holds_for(condition, entry, query);
        }
    }
    return holds;
}

/* -- compiling --------------------------------------------------------------------------------- */

static enum rc bytes_compile(str text, struct arena *arena, struct condition_value *ret)
{
    buf bytes = buf_arena(arena, text.len + 1);
    enum rc rc = base64_decode(BASE64_STANDARD, text, &bytes);

    if (rc == RC_NOMEM || bytes.err == RC_NOMEM) {
        return RC_NOMEM;
    }
    ret->valid = rc == RC_OK;
    ret->bytes = buf_str(&bytes);
    return RC_OK;
}

/* Bool keeps its text: it may hold a variable, and "true" compares ignoring case (B-1). */
static enum rc text_value_compile(enum operand_type type, str text, bool variables,
                                  struct arena *arena, struct condition_value *ret)
{
    struct operand x;

    TRY(text_compile(text, variables, arena, &ret->text));
    ret->valid = true;
    if (ret->text.part_count > 0) {
        return RC_OK;
    }
    if (type == OPERAND_BOOL) {
        ret->valid = operand_read(type, text, &x);
    }
    if (type == OPERAND_ARN) {
        str *segments = NEW_ARRAY(arena, 6, str);
        if (segments == NULL) {
            return RC_NOMEM;
        }
        ret->valid = arn_segments(ret->text.text, segments);
        ret->segments = segments;
    }
    return RC_OK;
}

static enum rc value_compile(const struct operator_row *op, str text, bool variables,
                             struct arena *arena, struct condition_value *ret)
{
    switch (op->type) {
    case OPERAND_STRING:
    case OPERAND_ARN:
    case OPERAND_BOOL:
        return text_value_compile(op->type, text, variables, arena, ret);
    case OPERAND_BINARY:
        return bytes_compile(text, arena, ret);
    case OPERAND_NUMBER: /* views into its text: copied first */
        text = arena_str(arena, text);
        if (text.ptr == NULL) {
            return RC_NOMEM;
        }
        ret->valid = decimal_parse(text, &ret->number);
        return RC_OK;
    case OPERAND_DATE:
        ret->valid = instant_parse(text, &ret->date);
        return RC_OK;
    case OPERAND_IP:
        ret->valid = cidr_parse(text, true, &ret->range);
        return RC_OK;
    case OPERAND_NULL:
        ret->valid = boolean_parse(text, &ret->boolean);
        return RC_OK;
    }
    return RC_OK;
}

static enum rc key_compile(str key, struct arena *arena, str *ret)
{
    char *folded = arena_bytes(arena, key.len + 1);

    if (folded == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < key.len; i++) {
        folded[i] = ascii_lower(key.ptr[i]);
    }
    *ret = str_from(folded, key.len);
    return RC_OK;
}

enum rc condition_compile(str operator_name, const struct json *key, bool variables,
                          struct arena *arena, struct condition *ret)
{
    struct condition out = { .value_count = list_count(key) };
    struct condition_value *values = NEW_ARRAY(arena, out.value_count, struct condition_value);
    uint32_t i = 0;

    if (values == NULL) {
        return RC_NOMEM;
    }
    TRY(key_compile(key->key, arena, &out.key));
    if (operator_parse(operator_name, &out.op, &out.quantifier, &out.if_exists) != RC_OK) {
        out.op = NULL; /* C-9 */
        out.value_count = 0;
        *ret = out;
        return RC_OK;
    }
    for (const struct json *v = list_first(key); v != NULL; v = list_next(key, v)) {
        TRY(value_compile(out.op, scalar_text(v), variables, arena, &values[i++]));
    }
    out.values = values;
    *ret = out;
    return RC_OK;
}
