/* Condition blocks: operators, and whether the keys exist. */
#include "lint/walk.h"

static void check_operator(struct lint *l, const struct json *node, struct condition_entry *e)
{
    const struct operator_row *row;
    enum rc rc = operator_parse(node->key, &row, &e->quantifier, &e->if_exists);

    e->operator_node = node;
    e->known = rc == RC_OK;
    if (rc == RC_OK) {
        e->op = operator_facts(row);
        if (e->op.type == OPERAND_NULL && e->quantifier != QUANTIFIER_NONE) {
            report_key(l, LINT_NULL_WITH_QUALIFIER, node, "\"%.*s\" has a qualifier.",
                       FMT(node->key));
        }
    } else if (rc == RC_SYNTAX) {
        report_key(l, LINT_NULL_WITH_IF_EXISTS, node, "\"%.*s\" joins Null and IfExists.",
                   FMT(node->key));
    } else if (node->count > 0) { /* without keys it asks nothing and is taken */
        report_key(l, LINT_INVALID_CONDITION_OPERATOR, node, "There is no operator \"%.*s\".",
                   FMT(node->key));
    }
}

/* Keys of identity providers begin with a domain: "accounts.google.com:aud". */
static bool is_provider_prefix(str prefix)
{
    size_t at;

    return str_find_char(prefix, '.', &at) || str_find_char(prefix, '/', &at) ||
           str_eq_nocase(prefix, STR("saml"));
}

static void suggest_key(struct lint *l, str name)
{
    struct catalogue_key key, best = { .name = STR_NONE };
    size_t least = name.len <= 8 ? 3 : 5;

    for (uint32_t i = 0; catalogue_key_at(l->catalogue, i, &key); i++) {
        size_t distance = edit_distance(name, key.name, least);
        if (distance < least) {
            least = distance;
            best = key;
        }
    }
    if (best.name.ptr != NULL) {
        advise(l, "Did you mean \"%.*s\"?", FMT(best.name));
    }
}

static bool lacks_tag_key(const struct lint *l, str name)
{
    static const str tagged[] = { STR_INIT("aws:ResourceTag"), STR_INIT("aws:RequestTag"),
                                  STR_INIT("aws:PrincipalTag") };
    struct catalogue_key key;
    str bare = name.len > 0 && name.ptr[name.len - 1] == '/' ? str_slice(name, 0, name.len - 1)
                                                             : name;
    char probe[128];

    for (size_t i = 0; i < COUNT_OF(tagged); i++) {
        if (str_eq_nocase(bare, tagged[i])) {
            return true;
        }
    }
    if (bare.len + 2 > sizeof(probe) || !str_ends(bare, STR("Tag")) ||
        catalogue_key_find(l->catalogue, bare, &key)) {
        return false;
    }
    memcpy(probe, bare.ptr, bare.len);
    memcpy(probe + bare.len, "/x", 2); /* ec2:ResourceTag and its like */
    return catalogue_key_find(l->catalogue, str_from(probe, bare.len + 2), &key);
}

static void check_aws_arn(struct lint *l, const struct json *key)
{
    if (l->kind == POLICY_IDENTITY) {
        report_key(l, LINT_DEPRECATED_GLOBAL_CONDITION_KEY, key, "The key %.*s is outdated.",
                   FMT(key->key));
    } else {
        report_key(l, LINT_UNSUPPORTED_GLOBAL_CONDITION_KEY, key,
                   "The key %.*s is not supported in this kind of policy.", FMT(key->key));
    }
}

static void check_key_exists(struct lint *l, const struct json *key, str prefix)
{
    struct catalogue_service service;

    if (str_eq_nocase(key->key, STR("aws:ARN"))) {
        check_aws_arn(l, key);
    } else if (lacks_tag_key(l, key->key)) {
        report_key(l, LINT_MISSING_TAG_KEY_IN_CONDITION, key, "%.*s does not say which tag.",
                   FMT(key->key));
    } else if (str_eq_nocase(prefix, STR("aws"))) {
        report_key(l, LINT_INVALID_GLOBAL_CONDITION_KEY, key, "There is no global key %.*s.",
                   FMT(key->key));
        suggest_key(l, key->key);
    } else if (is_provider_prefix(prefix) || service_is_retired(prefix)) {
        return; /* claims of other providers are unknown here */
    } else if (catalogue_service_find(l->catalogue, prefix, &service)) {
        report_key(l, LINT_INVALID_SERVICE_CONDITION_KEY, key, "%.*s has no condition key %.*s.",
                   FMT(service.name), FMT(key->key));
        suggest_key(l, key->key);
    } else {
        report_key(l, LINT_INVALID_SERVICE, key, "There is no service \"%.*s\".", FMT(prefix));
    }
}

/* A key is no node; a copy stands for it whose value is the key. It outlives the findings. */
static void check_key_variables(struct lint *l, const struct json *key)
{
    struct json *copy = NEW(l->arena, struct json);

    if (copy == NULL) {
        l->rc = RC_NOMEM;
        return;
    }
    *copy = *key;
    copy->type = JSON_STRING;
    copy->text = key->key;
    copy->span = key->key_span;
    check_variables(l, copy, false);
}

static void check_key(struct lint *l, const struct json *key, struct condition_entry *e)
{
    str rest = key->key, prefix;
    size_t at;

    e->key = key;
    check_key_variables(l, key);
    if (!take_until(&rest, ':', &prefix) || prefix.len == 0 || rest.len == 0 ||
        str_find_char(prefix, ' ', &at)) {
        report_key(l, LINT_INVALID_CONDITION_KEY_FORMAT, key, "\"%.*s\" is not service:name.",
                   FMT(key->key));
        return;
    }
    e->key_known = !lacks_tag_key(l, key->key) &&
                   catalogue_key_find(l->catalogue, key->key, &e->facts);
    if (!e->key_known) {
        check_key_exists(l, key, prefix);
    }
}

static void check_empty_values(struct lint *l, const struct condition_entry *e)
{
    enum lint_code code = e->quantifier == QUANTIFIER_ALL ? LINT_EMPTY_ARRAY_CONDITION_FORALLVALUES
                          : e->quantifier == QUANTIFIER_ANY ? LINT_EMPTY_ARRAY_CONDITION_FORANYVALUE
                          : e->if_exists                    ? LINT_EMPTY_ARRAY_CONDITION_IFEXISTS
                                                            : LINT_EMPTY_ARRAY_CONDITION;

    if (list_count(e->key) == 0) {
        report(l, code, e->key, "%.*s has no values.", FMT(e->key->key));
    }
}

/* Which operand types suit a key. */
static bool types_agree(enum key_type key, enum operand_type op, str name)
{
    switch (key) {
    case KEY_STRING:
    case KEY_STRINGS:
        /* The catalogue calls some ARNs strings. */
        return op == OPERAND_STRING || (op == OPERAND_ARN && name.len >= 3 &&
                                        str_eq_nocase(str_skip(name, name.len - 3), STR("arn")));
    case KEY_ARN:
    case KEY_ARNS:
        return op == OPERAND_ARN || op == OPERAND_STRING;
    case KEY_BOOL:
    case KEY_BOOLS:
        return op == OPERAND_BOOL;
    case KEY_NUMERIC:
        return op == OPERAND_NUMBER;
    case KEY_DATE:
        return op == OPERAND_DATE || op == OPERAND_NUMBER;
    case KEY_IP:
        return op == OPERAND_IP;
    case KEY_BINARY:
        return op == OPERAND_BINARY;
    }
    return true;
}

static void check_types(struct lint *l, const struct lint_statement *s,
                        const struct condition_entry *e)
{
    static const char *const wanted[] = { "String", "String",  "ARN",  "ARN",       "Bool",
                                          "Bool",   "Numeric", "Date", "IpAddress", "Binary" };
    bool many = key_type_is_multivalued(e->facts.type);

    if (e->op.type == OPERAND_NULL) {
        return;
    }
    if (!types_agree(e->facts.type, e->op.type, e->facts.name)) {
        report_key(l, LINT_TYPE_MISMATCH, e->key, "%.*s is compared with %.*s.", FMT(e->key->key),
                   FMT(e->operator_node->key));
        advise(l, "Use an operator of type %s.", wanted[e->facts.type]);
    }
    if ((e->facts.type == KEY_ARN || e->facts.type == KEY_ARNS) &&
        (str_eq(e->op.name, STR("StringLike")) || str_eq(e->op.name, STR("StringNotLike")))) {
        report_key(l, LINT_STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS, e->key,
                   "%.*s is an ARN and is compared with %.*s.", FMT(e->key->key),
                   FMT(e->operator_node->key));
        advise(l, "Use %s.", e->op.negated ? "ArnNotLike" : "ArnLike");
    }
    if (many && e->quantifier == QUANTIFIER_NONE) {
        report_key(l, LINT_MISSING_QUALIFIER, e->key, "%.*s has several values.", FMT(e->key->key));
    }
    if (!many && e->quantifier == QUANTIFIER_ALL && s->effect == EFFECT_ALLOW &&
        !str_ends(e->key->key, STR(":aud"))) {
        report_key(l, LINT_FORALLVALUES_WITH_SINGLE_VALUED_KEY, e->key, "%.*s has one value.",
                   FMT(e->key->key));
    }
}

static void check_audience(struct lint *l, const struct condition_entry *e)
{
    static const str single[] = { STR_INIT("accounts.google.com:aud"),
                                  STR_INIT("www.amazon.com:aud"),
                                  STR_INIT("graph.facebook.com:aud"),
                                  STR_INIT("cognito-identity.amazonaws.com:aud"),
                                  STR_INIT("token.actions.githubusercontent.com:aud") };
    bool known = false;

    if (e->quantifier == QUANTIFIER_NONE || !str_ends(e->key->key, STR(":aud"))) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(single); i++) {
        known = known || str_eq_nocase(e->key->key, single[i]);
    }
    if (known && e->quantifier == QUANTIFIER_ANY) {
        report_key(l, LINT_FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE, e->key, "%.*s has one value.",
                   FMT(e->key->key));
    } else if (known) {
        report_key(l, LINT_FORALLVALUES_WITH_SINGLE_VALUED_KEY, e->key, "%.*s has one value.",
                   FMT(e->key->key));
    } else {
        report_key(l, LINT_CONFIRM_AUDIENCE_CLAIM_TYPE, e->key, "%.*s may have one value only.",
                   FMT(e->key->key));
    }
}

static size_t count_keys(const struct json *block)
{
    size_t n = 0;

    for (const struct json *op = block->first; op != NULL; op = op->next) {
        n += op->type == JSON_OBJECT ? op->count : 0;
    }
    return n;
}

static void take_entries(struct lint *l, struct lint_statement *s, struct condition_entry *entries)
{
    for (const struct json *op = s->condition->first; op != NULL; op = op->next) {
        struct condition_entry common = { .known = false };
        if (op->type != JSON_OBJECT) {
            continue;
        }
        check_operator(l, op, &common);
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            struct condition_entry *e = &entries[s->condition_count++];
            *e = common;
            check_key(l, key, e);
        }
    }
}

void check_conditions(struct lint *l, struct lint_statement *s)
{
    struct condition_entry *entries;

    if (s->condition == NULL) {
        return;
    }
    entries = NEW_ARRAY(l->arena, count_keys(s->condition), struct condition_entry);
    if (entries == NULL) {
        l->rc = RC_NOMEM;
        return;
    }
    s->conditions = entries;
    take_entries(l, s, entries);
    for (size_t i = 0; i < s->condition_count; i++) {
        const struct condition_entry *e = &entries[i];
        check_empty_values(l, e);
        if (e->known && e->key_known) {
            check_types(l, s, e);
        }
        if (e->known) {
            check_audience(l, e);
        }
        check_condition_values(l, s, e);
    }
}
