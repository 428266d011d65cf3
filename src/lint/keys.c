/* What single condition keys ask for: formats of their values, companions, actions. */
#include "lint/walk.h"
#include "policy/text.h"

/* -- formats of values ------------------------------------------------------------------------- */

/* "vpc-" and 8 or 17 letters and digits. */
static bool is_id(str text, str prefix)
{
    size_t len = text.len - prefix.len;

    if (!str_starts(text, prefix) || (len != 8 && len != 17)) {
        return false;
    }
    for (size_t i = prefix.len; i < text.len; i++) {
        if (!ascii_is_alnum(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_vpc(str text)
{
    return is_id(text, STR("vpc-"));
}

static bool is_vpce(str text)
{
    return is_id(text, STR("vpce-"));
}

static bool is_kms_key(str text)
{
    str segments[5] = { STR_INIT("") }, rest = text;

    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        if (!take_until(&rest, ':', &segments[i])) {
            return false;
        }
    }
    return str_eq(segments[0], STR("arn")) && str_eq(segments[2], STR("kms")) &&
           is_account(segments[4]) && str_starts(rest, STR("key/"));
}

static const struct {
    str key;
    enum lint_code code;
    bool (*fits)(str text);
    const char *what;
} formats[] = {
    { STR_INIT("aws:RequestedRegion"), LINT_INVALID_REGION, is_region, "a Region" },
    { STR_INIT("aws:SourceVpc"), LINT_INVALID_VPC_FORMAT, is_vpc, "a VPC" },
    { STR_INIT("aws:SourceVpce"), LINT_INVALID_VPCE_FORMAT, is_vpce, "a VPC endpoint" },
    { STR_INIT("iam:PassedToService"), LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, is_service_principal,
      "a service principal" },
    { STR_INIT("iam:AWSServiceName"), LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, is_service_principal,
      "a service principal" },
    { STR_INIT("aws:PrincipalServiceName"), LINT_INVALID_SERVICE_PRINCIPAL_FORMAT,
      is_service_principal, "a service principal" },
    { STR_INIT("aws:CalledVia"), LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, is_service_principal,
      "a service principal" },
    { STR_INIT("aws:CalledViaFirst"), LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, is_service_principal,
      "a service principal" },
    { STR_INIT("aws:CalledViaLast"), LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, is_service_principal,
      "a service principal" },
    { STR_INIT("kms:ViaService"), LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, is_service_principal,
      "a service principal" },
    { STR_INIT("s3:x-amz-server-side-encryption-aws-kms-key-id"), LINT_INVALID_KMS_KEY_VALUE,
      is_kms_key, "the ARN of a KMS key" },
};

static void check_format(struct lint *l, const struct condition_entry *e)
{
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        if (!str_eq_nocase(e->key->key, formats[i].key) || e->op.type == OPERAND_NULL) {
            continue;
        }
        FOR_STRINGS(v, e->key)
        {
            if (!glob_has_wildcard(v->text) && !has_variable(v->text) &&
                !formats[i].fits(v->text)) {
                report(l, formats[i].code, v, "\"%.*s\" is not %s.", FMT(v->text), formats[i].what);
            }
        }
    }
}

/* -- wildcards and variables that match nearly everything ---------------------------------------- */

/* Ids of accounts and organizations, known and fixed: a pattern of them has no honest use. */
static const str identity_keys[] = {
    STR_INIT("aws:PrincipalAccount"), STR_INIT("aws:PrincipalOrgID"),
    STR_INIT("aws:SourceAccount"),    STR_INIT("aws:SourceOrgID"),
    STR_INIT("aws:ResourceAccount"),  STR_INIT("aws:ResourceOrgID"),
};

static bool is_identity_key(str name)
{
    for (size_t i = 0; i < COUNT_OF(identity_keys); i++) {
        if (str_eq_nocase(name, identity_keys[i])) {
            return true;
        }
    }
    return false;
}

static bool is_like(const struct condition_entry *e)
{
    return str_eq(e->op.name, STR("StringLike")) || str_eq(e->op.name, STR("StringNotLike"));
}

static bool is_star(const struct json *v)
{
    return v->type == JSON_STRING && str_eq(v->text, STR("*"));
}

/* aws:userid is id:session; a wildcard left of the colon has to be all of that side. */
static bool userid_is_wild(str text)
{
    str left, rest = text;

    left = take_until(&rest, ':', &left) ? left : text;
    return glob_has_wildcard(left) && !str_eq(left, STR("*"));
}

/* A variable belongs right of the colon, or has to be all of the left side. */
static bool userid_is_variable(str text)
{
    size_t end;

    return str_starts(text, STR("${")) && has_variable(text) && str_find_char(text, '}', &end) &&
           !str_starts(str_skip(text, end + 1), STR(":"));
}

static void check_permissive(struct lint *l, const struct condition_entry *e)
{
    bool userid = str_eq_nocase(e->key->key, STR("aws:userid"));

    if (!userid && !is_identity_key(e->key->key)) {
        return;
    }
    FOR_STRINGS(v, e->key)
    {
        bool wild = is_like(e) && glob_has_wildcard(v->text) && !is_star(v);
        bool variable = l->version_2012 && e->op.type == OPERAND_STRING && has_variable(v->text) &&
                        !str_starts(v->text, STR("${aws:"));
        if (userid) {
            wild = is_like(e) && !is_star(v) && !has_variable(v->text) && userid_is_wild(v->text);
            variable = l->version_2012 && userid_is_variable(v->text);
        }
        if (wild) {
            report(l, LINT_WILDCARD_USAGE_TOO_PERMISSIVE, v,
                   "A pattern of %.*s lets in more than it seems to.", FMT(e->key->key));
        }
        if (variable) {
            report(l, LINT_VARIABLE_USAGE_TOO_PERMISSIVE, v,
                   "A variable in %.*s can stand for anything its key can hold.", FMT(e->key->key));
        }
    }
}

/* What comparing with "*" comes to (rules C-3, C-5, M-1 to M-5). */
static void check_star(struct lint *l, const struct condition_entry *e)
{
    bool star = false, always, never;

    for (const struct json *v = list_first(e->key); v != NULL; v = list_next(e->key, v)) {
        star = star || is_star(v);
    }
    if (!star || !is_like(e)) {
        return;
    }
    always = !e->op.negated && (e->if_exists || e->quantifier == QUANTIFIER_ALL);
    never = e->op.negated && e->quantifier == QUANTIFIER_ANY && !e->if_exists;
    if (always) {
        report_key(l, LINT_REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION, e->key,
                   "%.*s of %.*s with \"*\" is always true.", FMT(e->operator_node->key),
                   FMT(e->key->key));
    } else if (never) {
        report_key(l, LINT_REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION, e->key,
                   "%.*s of %.*s with \"*\" is never true.", FMT(e->operator_node->key),
                   FMT(e->key->key));
    } else {
        report_key(l, e->op.negated ? LINT_EQUIVALENT_TO_NULL_TRUE : LINT_EQUIVALENT_TO_NULL_FALSE,
                   e->key, "%.*s of %.*s with \"*\" asks only whether the key is %s.",
                   FMT(e->operator_node->key), FMT(e->key->key),
                   e->op.negated ? "absent" : "there");
    }
}

/* -- keys beside actions and other keys ---------------------------------------------------------- */

static void check_untrustworthy(struct lint *l, const struct condition_entry *e)
{
    if (str_eq_nocase(e->key->key, STR("aws:Referer")) ||
        str_eq_nocase(e->key->key, STR("aws:UserAgent"))) {
        report_key(l, LINT_UNTRUSTWORTHY_CONDITION_KEY, e->key,
                   "The caller chooses the value of %.*s.", FMT(e->key->key));
    }
}

static const struct {
    str key, action;
} carriers[] = {
    { STR_INIT("iam:PassedToService"), STR_INIT("iam:PassRole") },
    { STR_INIT("iam:AWSServiceName"), STR_INIT("iam:CreateServiceLinkedRole") },
    { STR_INIT("sts:TransitiveTagKeys"), STR_INIT("sts:TagSession") },
};

static void check_carrier(struct lint *l, const struct lint_statement *s,
                          const struct condition_entry *e)
{
    for (size_t i = 0; i < COUNT_OF(carriers); i++) {
        if (str_eq_nocase(e->key->key, carriers[i].key) && s->effect == EFFECT_ALLOW &&
            s->actions != NULL && !statement_has_action(s, carriers[i].action) &&
            !(i == 1 && statement_has_action(s, STR("iam:DeleteServiceLinkedRole")))) {
            report_key(l, LINT_MISSING_ACTION_FOR_CONDITION_KEY, e->key, "Only %.*s carries %.*s.",
                       FMT(carriers[i].action), FMT(e->key->key));
        }
    }
}

static void check_pairs(struct lint *l, const struct lint_statement *s,
                        const struct condition_entry *e)
{
    if (str_eq_nocase(e->key->key, STR("aws:VpcSourceIp")) &&
        find_condition(s, STR("aws:SourceVpc")) == NULL &&
        find_condition(s, STR("aws:SourceVpce")) == NULL &&
        find_condition(s, STR("aws:SourceVpcArn")) == NULL) {
        report_key(l, LINT_MISSING_PAIRED_CONDITION_KEYS, e->key,
                   "Addresses inside a VPC repeat in other VPCs.");
        advise(l, "Add a condition on aws:SourceVpc.");
    }
    if (str_eq_nocase(e->key->key, STR("dynamodb:Attributes")) && s->effect == EFFECT_ALLOW &&
        find_condition(s, STR("dynamodb:Select")) == NULL) {
        report_key(l, LINT_DYNAMODB_ATTRIBUTES_WITHOUT_SELECT, e->key,
                   "Reads that name no attributes return all of them.");
    }
    if (str_eq_nocase(e->key->key, STR("s3:prefix")) && e->op.type == OPERAND_STRING &&
        (s->effect == EFFECT_DENY) != e->op.negated && s->effect != EFFECT_NONE) {
        report_key(l, LINT_S3_PREFIX_IN_NEGATIVE_CONTEXT, e->key,
                   "A shorter prefix evades this comparison of s3:prefix.");
    }
}

/* Keys that resource policies of this type answer by themselves. */
static void check_irrelevant(struct lint *l, const struct condition_entry *e)
{
    str service = service_of_resource_type(l->resource_type);

    if (l->kind == POLICY_RESOURCE && str_eq(service, STR("s3")) &&
        str_eq_nocase(e->key->key, STR("s3:ResourceAccount"))) {
        report_key(l, LINT_IRRELEVANT_CONDITION_KEY_IN_POLICY, e->key,
                   "%.*s is always the account of this very resource.", FMT(e->key->key));
    }
}

/* Whether the catalogue knows an action that carries the key; else it knows too little to judge. */
static bool any_action_carries(const struct lint *l, const struct catalogue_service *service,
                               str key)
{
    struct catalogue_action action;

    for (uint32_t i = 0; i < service->action_count; i++) {
        if (catalogue_action_at(l->catalogue, service->first_action + i, &action) &&
            catalogue_action_has_key(l->catalogue, &action, key)) {
            return true;
        }
    }
    return false;
}

/* A key of the action's own service that no request for the action carries. */
static void check_unsupported(struct lint *l, const struct lint_statement *s,
                              const struct condition_entry *e)
{
    str name = e->key->key, prefix, action_name, action_prefix;
    struct catalogue_key global;

    if (!e->key_known || s->not_action || !take_until(&name, ':', &prefix) ||
        catalogue_key_is_global(l->catalogue, e->key->key, &global) || e->op.type == OPERAND_NULL ||
        e->if_exists || e->op.negated) {
        return;
    }
    FOR_STRINGS(a, s->actions)
    {
        struct catalogue_service service;
        struct catalogue_action action;
        action_name = a->text;
        if (take_until(&action_name, ':', &action_prefix) && str_eq_nocase(action_prefix, prefix) &&
            !glob_has_wildcard(a->text) && catalogue_service_find(l->catalogue, prefix, &service) &&
            catalogue_action_find(l->catalogue, &service, action_name, &action) &&
            !catalogue_action_has_key(l->catalogue, &action, e->key->key) &&
            any_action_carries(l, &service, e->key->key)) {
            report(l, LINT_UNSUPPORTED_ACTION_FOR_CONDITION_KEY, a,
                   "Requests for %.*s do not carry %.*s.", FMT(a->text), FMT(e->key->key));
        }
    }
}

/* Keys of VPC endpoints that few services fill in; they have to be named. */
static void check_supported_services(struct lint *l, const struct lint_statement *s,
                                     const struct condition_entry *e)
{
    static const str endpoint_keys[] = { STR_INIT("aws:VpceAccount"), STR_INIT("aws:VpceOrgID"),
                                         STR_INIT("aws:VpceOrgPaths") };
    bool everything = s->not_action;

    FOR_STRINGS(a, s->actions)
    {
        everything = everything || str_starts(a->text, STR("*"));
    }
    for (size_t i = 0; i < COUNT_OF(endpoint_keys) && everything; i++) {
        if (str_eq_nocase(e->key->key, endpoint_keys[i])) {
            report_key(l, LINT_USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES, e->key,
                       "The statement reaches services that do not fill in %.*s.",
                       FMT(e->key->key));
        }
    }
}

void check_key_rules(struct lint *l, const struct lint_statement *s)
{
    for (size_t i = 0; i < s->condition_count; i++) {
        const struct condition_entry *e = &s->conditions[i];
        if (!e->known) {
            continue;
        }
        check_format(l, e);
        check_permissive(l, e);
        check_star(l, e);
        check_untrustworthy(l, e);
        check_carrier(l, s, e);
        check_pairs(l, s, e);
        check_irrelevant(l, e);
        check_unsupported(l, s, e);
        check_supported_services(l, s, e);
    }
}
