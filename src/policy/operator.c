/* Condition operators, one row each (section 2 of the rules). */
#include "policy/operator.h"

#include "codec/base64.h"

static bool string_equals(const struct condition_value *value, const struct operand *x,
                          const struct query *query)
{
    return text_equals(&value->text, query->rq, x->text, false); /* S-1 */
}

static bool string_equals_nocase(const struct condition_value *value, const struct operand *x,
                                 const struct query *query)
{
    return text_equals(&value->text, query->rq, x->text, true); /* S-2 */
}

static bool string_like(const struct condition_value *value, const struct operand *x,
                        const struct query *query)
{
    return text_like(&value->text, query->rq, x->text); /* S-3 */
}

static bool number_equal(const struct condition_value *v, const struct operand *x,
                         const struct query *query UNUSED)
{
    return decimal_compare(&x->number, &v->number) == 0;
}

static bool number_less(const struct condition_value *v, const struct operand *x,
                        const struct query *query UNUSED)
{
    return decimal_compare(&x->number, &v->number) < 0; /* N-1: the request stands left */
}

static bool number_at_most(const struct condition_value *v, const struct operand *x,
                           const struct query *query UNUSED)
{
    return decimal_compare(&x->number, &v->number) <= 0;
}

static bool number_greater(const struct condition_value *v, const struct operand *x,
                           const struct query *query UNUSED)
{
    return decimal_compare(&x->number, &v->number) > 0;
}

static bool number_at_least(const struct condition_value *v, const struct operand *x,
                            const struct query *query UNUSED)
{
    return decimal_compare(&x->number, &v->number) >= 0;
}

static bool date_equal(const struct condition_value *v, const struct operand *x,
                       const struct query *query UNUSED)
{
    return instant_compare(&x->date, &v->date) == 0;
}

static bool date_less(const struct condition_value *v, const struct operand *x,
                      const struct query *query UNUSED)
{
    return instant_compare(&x->date, &v->date) < 0;
}

static bool date_at_most(const struct condition_value *v, const struct operand *x,
                         const struct query *query UNUSED)
{
    return instant_compare(&x->date, &v->date) <= 0;
}

static bool date_greater(const struct condition_value *v, const struct operand *x,
                         const struct query *query UNUSED)
{
    return instant_compare(&x->date, &v->date) > 0;
}

static bool date_at_least(const struct condition_value *v, const struct operand *x,
                          const struct query *query UNUSED)
{
    return instant_compare(&x->date, &v->date) >= 0;
}

/* B-1; V-7: the value may hold a variable, then it is read now. */
static bool bool_equal(const struct condition_value *v, const struct operand *x,
                       const struct query *query)
{
    return text_equals(&v->text, query->rq, x->text, true);
}

static bool binary_equal(const struct condition_value *v, const struct operand *x,
                         const struct query *query UNUSED)
{
    return str_eq(v->bytes, x->text); /* B-2 */
}

static bool ip_within(const struct condition_value *v, const struct operand *x,
                      const struct query *query UNUSED)
{
    return cidr_contains(&v->range, &x->address);
}

static bool arn_like(const struct condition_value *v, const struct operand *x,
                     const struct query *query)
{
    if (v->segments == NULL) {
        return text_arn_like(&v->text, query->rq, x->segments);
    }
    for (int i = 0; i < 6; i++) { /* N-ARN-1 */
        if (!glob_match(v->segments[i], x->segments[i])) {
            return false;
        }
    }
    return true;
}

/* Null asks only for presence; condition_holds answers it. */
static bool never(const struct condition_value *v UNUSED, const struct operand *x UNUSED,
                  const struct query *query UNUSED)
{
    return false;
}

static const struct operator_row operators[] = {
    { STR_INIT("StringEquals"), OPERAND_STRING, false, string_equals },
    { STR_INIT("StringNotEquals"), OPERAND_STRING, true, string_equals },
    { STR_INIT("StringEqualsIgnoreCase"), OPERAND_STRING, false, string_equals_nocase },
    { STR_INIT("StringNotEqualsIgnoreCase"), OPERAND_STRING, true, string_equals_nocase },
    { STR_INIT("StringLike"), OPERAND_STRING, false, string_like },
    { STR_INIT("StringNotLike"), OPERAND_STRING, true, string_like },
    { STR_INIT("NumericEquals"), OPERAND_NUMBER, false, number_equal },
    { STR_INIT("NumericNotEquals"), OPERAND_NUMBER, true, number_equal },
    { STR_INIT("NumericLessThan"), OPERAND_NUMBER, false, number_less },
    { STR_INIT("NumericLessThanEquals"), OPERAND_NUMBER, false, number_at_most },
    { STR_INIT("NumericGreaterThan"), OPERAND_NUMBER, false, number_greater },
    { STR_INIT("NumericGreaterThanEquals"), OPERAND_NUMBER, false, number_at_least },
    { STR_INIT("DateEquals"), OPERAND_DATE, false, date_equal },
    { STR_INIT("DateNotEquals"), OPERAND_DATE, true, date_equal },
    { STR_INIT("DateLessThan"), OPERAND_DATE, false, date_less },
    { STR_INIT("DateLessThanEquals"), OPERAND_DATE, false, date_at_most },
    { STR_INIT("DateGreaterThan"), OPERAND_DATE, false, date_greater },
    { STR_INIT("DateGreaterThanEquals"), OPERAND_DATE, false, date_at_least },
    { STR_INIT("Bool"), OPERAND_BOOL, false, bool_equal },
    { STR_INIT("BinaryEquals"), OPERAND_BINARY, false, binary_equal },
    { STR_INIT("IpAddress"), OPERAND_IP, false, ip_within },
    { STR_INIT("NotIpAddress"), OPERAND_IP, true, ip_within },
    { STR_INIT("ArnEquals"), OPERAND_ARN, false, arn_like },
    { STR_INIT("ArnLike"), OPERAND_ARN, false, arn_like },
    { STR_INIT("ArnNotEquals"), OPERAND_ARN, true, arn_like },
    { STR_INIT("ArnNotLike"), OPERAND_ARN, true, arn_like },
    { STR_INIT("Null"), OPERAND_NULL, false, never },
};

enum rc operator_parse(str name, const struct operator_row **ret_op,
                       enum quantifier *ret_quantifier, bool *ret_if_exists)
{
    enum quantifier quantifier = QUANTIFIER_NONE;
    bool if_exists = false;

    if (str_starts_nocase(name, STR("ForAnyValue:"))) { /* M-6 */
        quantifier = QUANTIFIER_ANY;
        name = str_skip(name, STR("ForAnyValue:").len);
    } else if (str_starts_nocase(name, STR("ForAllValues:"))) {
        quantifier = QUANTIFIER_ALL;
        name = str_skip(name, STR("ForAllValues:").len);
    }
    if (name.len > 8 && str_eq_nocase(str_skip(name, name.len - 8), STR("IfExists"))) {
        if_exists = true;
        name.len -= 8;
    }
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        const struct operator_row *op = &operators[i];
        if (str_eq_nocase(name, op->name)) { /* C-8 */
            if (op->type == OPERAND_NULL && if_exists) {
                return RC_SYNTAX; /* G-9 */
            }
            *ret_op = op;
            *ret_quantifier = quantifier;
            *ret_if_exists = if_exists;
            return RC_OK;
        }
    }
    return RC_NOENT;
}

struct operator_facts operator_facts(const struct operator_row *op)
{
    return (struct operator_facts){ op->name, op->type, op->negated };
}

bool operand_read(enum operand_type type, str text, struct operand *ret)
{
    ret->text = text;
    switch (type) {
    case OPERAND_STRING:
    case OPERAND_BINARY:
        return true;
    case OPERAND_NUMBER:
        return decimal_parse(text, &ret->number);
    case OPERAND_DATE:
        return instant_parse(text, &ret->date);
    case OPERAND_BOOL:
        return boolean_parse(text, &ret->boolean);
    case OPERAND_IP:
        return cidr_parse(text, false, &ret->address);
    case OPERAND_ARN:
        return arn_segments(text, ret->segments); /* N-ARN-3 */
    case OPERAND_NULL:
        return true;
    }
    return false;
}

static const char *variable_fault(str value)
{
    return text_check(value) == RC_OK ? NULL : "malformed policy variable";
}

static enum rc base64_check(str value, struct arena *arena, const char **ret_fault)
{
    buf bytes = buf_arena(arena, value.len + 1);
    enum rc rc = base64_decode(BASE64_STANDARD, value, &bytes);

    *ret_fault = rc == RC_OK ? NULL : "not base64";
    return rc == RC_NOMEM ? rc : RC_OK;
}

/* G-9, and values that could never match (C-10): a Deny that silently never applies must not be
 * stored. AWS documents the refusal for variables only; the rest is the safer choice. */
enum rc operator_value_check(const struct operator_row *op, str value, bool variables,
                             struct arena *arena, const char **ret_fault)
{
    struct operand x;
    struct cidr range;
    size_t at;
    bool variable = variables && str_find(value, STR("${"), &at);

    *ret_fault = NULL;
    switch (op->type) {
    case OPERAND_STRING:
    case OPERAND_ARN:
        *ret_fault = variable ? variable_fault(value) : NULL;
        return RC_OK;
    case OPERAND_BOOL:
        *ret_fault = variable                           ? variable_fault(value)
                     : boolean_parse(value, &x.boolean) ? NULL
                                                        : "neither true nor false";
        return RC_OK;
    case OPERAND_NULL:
        *ret_fault = boolean_parse(value, &x.boolean) ? NULL : "neither true nor false";
        return RC_OK;
    case OPERAND_NUMBER:
        *ret_fault = decimal_parse(value, &x.number) ? NULL : "not a number";
        return RC_OK;
    case OPERAND_DATE:
        *ret_fault = instant_is_storable(value) ? NULL : "not a date";
        return RC_OK;
    case OPERAND_IP:
        *ret_fault = cidr_parse(value, true, &range) ? NULL : "not an address range";
        return RC_OK;
    case OPERAND_BINARY:
        return base64_check(value, arena, ret_fault);
    }
    return RC_OK;
}
