/* The grammar of single values: effects and condition values (AWS's "legacy parsing"), resources,
 * actions, principals. */
#include "policy/parse.h"

/* -- legacy parsing ---------------------------------------------------------------------------- */

static enum rc condition_key_check(struct reader *r, const struct policy_document *doc, str op_name,
                                   const struct json *key)
{
    const struct operator_row *op;
    enum quantifier quantifier;
    bool if_exists;

    if (operator_parse(op_name, &op, &quantifier, &if_exists) != RC_OK) {
        return RC_OK; /* only without keys, which operators_check saw to */
    }
    for (const struct json *v = list_first(key); v != NULL; v = list_next(key, v)) {
        const char *fault;
        TRY(operator_value_check(op, scalar_text(v), doc->variables, r->arena, &fault));
        if (fault != NULL) {
            return reject(r, v, STR(LEGACY_PARSING), "%.*s of \"%.*s\": %s", FMT(op_name),
                          FMT(key->key), fault);
        }
    }
    return RC_OK;
}

static enum rc statement_legacy_check(struct reader *r, const struct policy_document *doc,
                                      const struct doc_statement *s)
{
    if (s->effect == EFFECT_NONE) {
        return reject(r, json_member(s->node, STR("Effect")), STR(LEGACY_PARSING),
                      "\"Effect\" is case-sensitive: Allow or Deny");
    }
    if (s->condition == NULL) {
        return RC_OK;
    }
    for (const struct json *op = s->condition->first; op != NULL; op = op->next) {
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            TRY(condition_key_check(r, doc, op->key, key));
        }
    }
    return RC_OK;
}

/* -- resources --------------------------------------------------------------------------------- */

static const str partitions[] = { STR_INIT("aws"), STR_INIT("aws-cn"), STR_INIT("aws-us-gov"),
                                  STR_INIT("*") };

static const str iam_types[] = {
    STR_INIT("user/"),
    STR_INIT("federated-user/"),
    STR_INIT("role/"),
    STR_INIT("group/"),
    STR_INIT("instance-profile/"),
    STR_INIT("mfa/"),
    STR_INIT("server-certificate/"),
    STR_INIT("policy/"),
    STR_INIT("sms-mfa/"),
    STR_INIT("saml-provider/"),
    STR_INIT("oidc-provider/"),
    STR_INIT("report/"),
    STR_INIT("access-report/"),
};

#define IAM_TYPES_TEXT                                                                             \
    "IAM resource path must either be \"*\", root, or start with user/, federated-user/, role/, "  \
    "group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "    \
    "oidc-provider/, report/, access-report/."

static bool listed(str s, const str *list, size_t count, bool prefix)
{
    for (size_t i = 0; i < count; i++) {
        if (prefix ? str_starts(s, list[i]) : str_eq(s, list[i])) {
            return true;
        }
    }
    return false;
}

/* The pattern as AWS prints it back: missing segments are "*". segments[0] is printed as arn. */
static str padded(struct arena *arena, const str *segments, size_t count)
{
    str s[6];

    for (size_t i = 0; i < 6; i++) {
        s[i] = i < count && (i != 2 || segments[i].len > 0 || count > 3) ? segments[i] : STR("*");
    }
    return arena_printf(arena, "arn:%.*s:%.*s:%.*s:%.*s:%.*s", FMT(s[1]), FMT(s[2]), FMT(s[3]),
                        FMT(s[4]), FMT(s[5]));
}

static size_t segments_of(str text, str segments[6])
{
    size_t n = 0;

    while (n < 5 && take_until(&text, ':', &segments[n])) {
        n++;
    }
    segments[n] = text;
    return n + 1;
}

/* Texts are AWS's. The "root" of an account is a resource too (AssumeRoot). */
static enum rc iam_check(struct reader *r, const struct json *node, const str *s, size_t count)
{
    if (count > 3 && s[3].len > 0) {
        return reject(r, node,
                      arena_printf(r->arena, "IAM resource %.*s cannot contain region information.",
                                   FMT(node->text)),
                      "region in an IAM resource");
    }
    if (count == 6 && !str_eq(s[5], STR("*")) && !str_eq(s[5], STR("root")) &&
        !listed(s[5], iam_types, COUNT_OF(iam_types), true)) {
        return reject(r, node, STR(IAM_TYPES_TEXT), "unknown IAM resource type");
    }
    return RC_OK;
}

static enum rc resource_format_check(struct reader *r, const struct json *node)
{
    str s[6], text = node->text;
    size_t count = segments_of(text, s);

    if (str_eq(text, STR("*"))) {
        return RC_OK;
    }
    if (count < 2) {
        return reject(
            r, node,
            arena_printf(r->arena, "Resource %.*s must be in ARN format or \"*\".", FMT(text)),
            "a resource that is not an ARN");
    }
    if (!listed(s[1], partitions, COUNT_OF(partitions), false)) {
        str whole = padded(r->arena, s, count);
        if (whole.ptr == NULL) {
            return RC_NOMEM;
        }
        return reject(r, node,
                      arena_printf(r->arena,
                                   "Partition \"%.*s\" is not valid for resource \"%.*s\".",
                                   FMT(s[1]), FMT(whole)),
                      "unknown partition");
    }
    if (count < 3 || (glob_has_wildcard(s[2]) && !str_eq(s[2], STR("*")))) {
        return reject(r, node,
                      STR("Resource vendor must be fully qualified and cannot contain regexes."),
                      "no service in the ARN, or one with wildcards");
    }
    if (str_eq(s[2], STR("iam"))) {
        return iam_check(r, node, s, count);
    }
    /* Access points have region and account, buckets neither. */
    if (str_eq(s[2], STR("s3")) && count == 6 && s[3].len > 0 && s[4].len == 0) {
        return reject(
            r, node,
            arena_printf(r->arena, "Resource %.*s can not contain region information.", FMT(text)),
            "region in a bucket ARN");
    }
    return RC_OK;
}

static bool has_empty_segment(str text)
{
    size_t at;

    return str_find(text, STR("::"), &at);
}

static enum rc resource_legacy_check(struct reader *r, const struct policy_document *doc,
                                     const struct json *node)
{
    str s[6];
    size_t count = segments_of(node->text, s);

    if (str_eq(node->text, STR("*"))) {
        return RC_OK;
    }
    if (count >= 3 && s[2].len == 0) {
        return reject(r, node, STR(LEGACY_PARSING), "no service in the ARN");
    }
    if (count < 6 && has_empty_segment(node->text)) {
        return reject(r, node, STR(LEGACY_PARSING), "an ARN has six segments");
    }
    if (count == 6 && doc->variables && text_check(s[5]) != RC_OK) {
        return reject(r, node, STR(LEGACY_PARSING), "malformed policy variable");
    }
    return RC_OK;
}

/* Whether a resource of the list has a fault of format, which AWS reports later but which stops the
 * legacy parsing of resources from there on. */
static enum rc formats_probe(struct reader *r, const struct json *list, bool *faulty)
{
    struct policy_refusal scratch;
    struct reader probe = { r->kind, r->arena, &scratch };

    for (const struct json *v = list_first(list); v != NULL && !*faulty; v = list_next(list, v)) {
        enum rc rc = resource_format_check(&probe, v);
        if (rc == RC_NOMEM) {
            return rc;
        }
        *faulty = rc != RC_OK;
    }
    return RC_OK;
}

enum rc legacy_check(struct reader *r, const struct policy_document *doc)
{
    bool faulty = false;

    for (uint32_t i = 0; i < doc->count; i++) {
        TRY(statement_legacy_check(r, doc, &doc->statements[i]));
    }
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json *list = doc->statements[i].resource;
        TRY(formats_probe(r, list, &faulty));
        for (const struct json *v = list_first(list); v != NULL && !faulty;
             v = list_next(list, v)) {
            TRY(resource_legacy_check(r, doc, v));
        }
    }
    return RC_OK;
}

/* who may leave segments away. */
static enum rc short_arn_check(struct reader *r, const struct json *node)
{
    str s[6], text = node->text;
    bool is_short = !str_eq(text, STR("*")) && segments_of(text, s) < 6;

    if (is_short &&
        (r->kind == POLICY_RCP || (r->kind == POLICY_SCP && text.ptr[text.len - 1] != '*'))) {
        return reject(r, node, STR(SYNTAX_ERRORS), "an ARN with fewer than six segments");
    }
    return RC_OK;
}

enum rc resources_check(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json *list = doc->statements[i].resource;
        for (const struct json *v = list_first(list); v != NULL; v = list_next(list, v)) {
            TRY(resource_format_check(r, v));
            TRY(short_arn_check(r, v));
            if (doc->variables && text_check(v->text) != RC_OK) {
                return reject(r, v, STR(LEGACY_PARSING), "malformed policy variable");
            }
        }
    }
    return RC_OK;
}

/* -- actions ----------------------------------------------------------------------------------- */

static bool vendor_is_valid(str vendor)
{
    for (size_t i = 0; i < vendor.len; i++) {
        char c = vendor.ptr[i];
        if (!ascii_is_alnum(c) && c != '-' && c != '.' && c != '*' && c != '?') { /* */
            return false;
        }
    }
    return vendor.len > 0;
}

static enum rc action_check(struct reader *r, const struct json *node)
{
    str name = node->text, vendor;
    size_t at;

    if (str_eq(name, STR("*"))) {
        return RC_OK;
    }
    if (!take_until(&name, ':', &vendor)) {
        return reject(r, node,
                      STR("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, "
                          "etc."),
                      "action \"%.*s\" has no service prefix", FMT(node->text));
    }
    if (str_find_char(name, ':', &at)) {
        return reject(r, node, STR("Actions/Condition can contain only one colon."),
                      "action \"%.*s\"", FMT(node->text));
    }
    if (!vendor_is_valid(vendor)) {
        return reject(r, node, arena_printf(r->arena, "Vendor %.*s is not valid", FMT(vendor)),
                      "action \"%.*s\"", FMT(node->text));
    }
    if (r->kind == POLICY_TRUST && !str_eq_nocase(vendor, STR("sts"))) {
        return reject(r, node, STR("AssumeRole policy may only specify STS AssumeRole actions."),
                      "action \"%.*s\"", FMT(node->text));
    }
    return RC_OK;
}

enum rc actions_check(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json *list = doc->statements[i].action;
        for (const struct json *v = list_first(list); v != NULL; v = list_next(list, v)) {
            TRY(action_check(r, v));
            if (r->kind == POLICY_TRUST && str_eq(v->text, STR("*"))) {
                return reject(r, v,
                              STR("AssumeRole policy may only specify STS AssumeRole actions."),
                              "action \"*\"");
            }
        }
    }
    return RC_OK;
}

/* -- principals -------------------------------------------------------------------------------- */

static enum rc member_check(struct reader *r, const struct json *member)
{
    if (str_eq(member->key, STR("CanonicalUser")) && r->kind != POLICY_RESOURCE) {
        return reject(r, member, STR(SYNTAX_ERRORS), "no canonical users in this kind of policy");
    }
    for (const struct json *v = list_first(member); v != NULL; v = list_next(member, v)) {
        if (!who_is_valid(member->key, v->text)) {
            return reject(r, v,
                          arena_printf(r->arena, "Invalid principal in policy: \"%.*s\":\"%.*s\"",
                                       FMT(member->key), FMT(v->text)),
                          "not a principal");
        }
    }
    return RC_OK;
}

enum rc principals_check(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json *principal = doc->statements[i].principal;
        size_t members = 0;
        if (principal == NULL ||
            (principal->type == JSON_STRING && str_eq(principal->text, STR("*")))) {
            continue;
        }
        if (principal->type == JSON_STRING) {
            return reject(r, principal,
                          TRUST_OR(r, "Principal must be a JSON object.", LEGACY_PARSING),
                          "a principal is \"*\" or an object");
        }
        for (const struct json *m = principal->first; m != NULL; m = m->next) {
            TRY(member_check(r, m));
            members += list_count(m);
        }
        if (members == 0) {
            return reject(r, principal, STR("Missing required field Principal cannot be empty!"),
                          "a principal that names nobody");
        }
    }
    return RC_OK;
}
