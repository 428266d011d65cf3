/* The values of condition keys. */
#include "codec/base64.h"
#include "lint/walk.h"
#include "policy/text.h"
#include "policy/value.h"

static bool is_scalar(const struct json *v)
{
    return v->type == JSON_STRING || v->type == JSON_NUMBER || v->type == JSON_TRUE ||
           v->type == JSON_FALSE;
}

static enum json_type coarse(enum json_type type)
{
    return type == JSON_FALSE ? JSON_TRUE : type;
}

/* -- types ------------------------------------------------------------------------------------- */

static bool is_epoch(str text)
{
    for (size_t i = text.len > 0 && text.ptr[0] == '-'; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 4; /* four digits are a year (T-2) */
}

static bool is_base64(struct lint *l, str text)
{
    buf bytes = buf_arena(l->arena, text.len + 1);
    enum rc rc = base64_decode(BASE64_STANDARD, text, &bytes);

    l->rc = rc == RC_NOMEM ? rc : l->rc;
    return rc == RC_OK;
}

static void check_range(struct lint *l, const struct json *v, str text, str op)
{
    struct cidr range;

    if (!cidr_parse(text, true, &range)) {
        report(l, LINT_TYPE_MISMATCH_IP_RANGE, v, "%.*s cannot compare with \"%.*s\".", FMT(op),
               FMT(text));
        return;
    }
    for (size_t bit = range.bits; bit < (size_t)range.length * 8; bit++) {
        if ((range.bytes[bit / 8] & (0x80 >> bit % 8)) != 0) {
            report(l, LINT_IMPROVE_IP_RANGE, v, "\"%.*s\" has bits behind its prefix.", FMT(text));
            return;
        }
    }
}

static void check_type(struct lint *l, const struct condition_entry *e, const struct json *v)
{
    struct decimal number;
    bool boolean;
    str text = scalar_text(v);

    switch (e->op.type) {
    case OPERAND_NUMBER:
        if (!decimal_parse(text, &number)) {
            report(l, LINT_TYPE_MISMATCH_NUMBER, v, "\"%.*s\" is no number.", FMT(text));
        }
        break;
    case OPERAND_DATE:
        if (!instant_is_storable(text)) {
            report(l, LINT_TYPE_MISMATCH_DATE, v, "\"%.*s\" is no date.", FMT(text));
        } else if (is_epoch(text)) {
            report(l, LINT_INVALID_DATE_VALUE, v, "\"%.*s\" counts seconds since 1970.", FMT(text));
        }
        break;
    case OPERAND_BOOL:
    case OPERAND_NULL:
        if (!boolean_parse(text, &boolean)) {
            report(l, LINT_TYPE_MISMATCH_BOOLEAN, v, "\"%.*s\" is neither true nor false.",
                   FMT(text));
        }
        break;
    case OPERAND_BINARY:
        if (!is_base64(l, text)) {
            report(l, LINT_TYPE_MISMATCH_STRING, v, "\"%.*s\" is not Base64.", FMT(text));
        }
        break;
    case OPERAND_IP:
        check_range(l, v, text, e->operator_node->key);
        break;
    case OPERAND_STRING:
    case OPERAND_ARN:
        break;
    }
}

static void check_wildcard(struct lint *l, const struct condition_entry *e, const struct json *v)
{
    size_t at;
    bool like = str_find(e->op.name, STR("Like"), &at);
    str rest = v->text, piece;

    if (e->op.type != OPERAND_STRING || like) {
        return;
    }
    while (rest.len > 0) { /* "${*}" is a plain star (V-10) */
        bool variable = str_find(rest, STR("${"), &at);
        piece = variable ? str_slice(rest, 0, at) : rest;
        if (glob_has_wildcard(piece)) {
            report(l, LINT_WILDCARD_WITHOUT_LIKE_OPERATOR, v,
                   "%.*s compares \"%.*s\" as it stands.", FMT(e->op.name), FMT(v->text));
            return;
        }
        rest = variable ? str_skip(rest, at) : STR("");
        rest = variable && str_find_char(rest, '}', &at) ? str_skip(rest, at + 1) : STR("");
    }
}

static void check_value(struct lint *l, const struct condition_entry *e, const struct json *v)
{
    bool text_like = e->op.type == OPERAND_STRING || e->op.type == OPERAND_ARN;

    if (v->type == JSON_STRING && has_variable(v->text) && !text_like) {
        report(l, LINT_INVALID_VARIABLE_FOR_OPERATOR, v, "%.*s knows no variables.",
               FMT(e->op.name));
        return;
    }
    if (v->type == JSON_STRING) {
        check_variables(l, v, true);
        check_wildcard(l, e, v);
    }
    check_type(l, e, v);
}

/* -- whole lists ------------------------------------------------------------------------------- */

static void check_list_types(struct lint *l, const struct condition_entry *e)
{
    const struct json *first = list_first(e->key);

    for (const struct json *v = first; v != NULL; v = list_next(e->key, v)) {
        if (is_scalar(v) && is_scalar(first) && coarse(v->type) != coarse(first->type)) {
            report(l, LINT_INVALID_CONDITION_DATA_TYPE, v,
                   "The values of %.*s have different JSON types.", FMT(e->key->key));
            return;
        }
    }
}

static void check_limits(struct lint *l, const struct condition_entry *e)
{
    size_t at;
    bool less = str_find(e->op.name, STR("Less"), &at);
    bool greater = str_find(e->op.name, STR("Greater"), &at);

    if (e->op.type == OPERAND_NUMBER && (less || greater) && list_count(e->key) > 1) {
        report_key(l, LINT_REDUNDANT_CONDITION_VALUE_NUM, e->key,
                   "%.*s compares %.*s with several limits.", FMT(e->op.name), FMT(e->key->key));
        advise(l, "Keep the %s value.", less ? "greatest" : "least");
    }
}

/* Ranges that the public internet does not route. */
static bool is_private(str text)
{
    static const str ranges[] = { STR_INIT("10.0.0.0/8"),     STR_INIT("172.16.0.0/12"),
                                  STR_INIT("192.168.0.0/16"), STR_INIT("127.0.0.0/8"),
                                  STR_INIT("169.254.0.0/16"), STR_INIT("100.64.0.0/10"),
                                  STR_INIT("fc00::/7"),       STR_INIT("fe80::/10"),
                                  STR_INIT("::1/128") };
    struct cidr range, value;

    if (!cidr_parse(text, true, &value)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        if (cidr_parse(ranges[i], true, &range) && value.length == range.length &&
            value.bits >= range.bits && cidr_contains(&range, &value)) {
            return true;
        }
    }
    return false;
}

static void check_private(struct lint *l, const struct condition_entry *e)
{
    size_t private_count = 0, count = 0;
    enum lint_code all = e->op.negated ? LINT_PRIVATE_NOT_IP_ADDRESS : LINT_PRIVATE_IP_ADDRESS;
    enum lint_code some = e->op.negated ? LINT_PRIVATE_NOT_IP_ADDRESS_SUBSET
                                        : LINT_PRIVATE_IP_ADDRESS_SUBSET;

    if (e->op.type != OPERAND_IP || !str_eq_nocase(e->key->key, STR("aws:SourceIp"))) {
        return;
    }
    FOR_STRINGS(v, e->key)
    {
        count++;
        private_count += is_private(v->text) ? 1 : 0;
    }
    if (private_count > 0) {
        report(l, private_count == count ? all : some, e->key,
               "%zu of %zu addresses of %.*s are private.", private_count, count, FMT(e->key->key));
    }
}

void check_condition_values(struct lint *l, const struct lint_statement *s UNUSED,
                            const struct condition_entry *e)
{
    for (const struct json *v = list_first(e->key); v != NULL; v = list_next(e->key, v)) {
        if (!is_scalar(v)) {
            report(l, LINT_DATA_TYPE_MISMATCH, v,
                   "A value of %.*s has to be a string, a number or a boolean.", FMT(e->key->key));
        } else if (e->known) {
            check_value(l, e, v);
        }
    }
    check_list_types(l, e);
    if (e->known) {
        if (e->op.type == OPERAND_BOOL && list_count(e->key) > 1) {
            report_key(l, LINT_INVALID_CONDITION_MULTIPLE_BOOLEAN, e->key,
                       "%.*s is compared with %u values.", FMT(e->key->key), list_count(e->key));
        }
        check_limits(l, e);
        check_private(l, e);
    }
}
