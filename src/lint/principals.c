/* Principal and NotPrincipal of resource and trust policies. */
#include "lint/walk.h"
#include "policy/text.h"

static const str source_keys[] = { STR_INIT("aws:SourceArn"), STR_INIT("aws:SourceAccount"),
                                   STR_INIT("aws:SourceOrgID"), STR_INIT("aws:SourceOrgPaths"),
                                   STR_INIT("aws:SourceOwner") };

/* Keys that only requests of users and roles carry. */
static const str caller_keys[] = {
    STR_INIT("aws:PrincipalOrgID"),   STR_INIT("aws:PrincipalArn"),
    STR_INIT("aws:PrincipalAccount"), STR_INIT("aws:PrincipalOrgPaths"),
    STR_INIT("aws:userid"),           STR_INIT("aws:username"),
    STR_INIT("aws:PrincipalTag/")
};

static const struct condition_entry *find_any(const struct lint_statement *s, const str *names,
                                              size_t count)
{
    const struct condition_entry *found = NULL;

    for (size_t i = 0; i < count && found == NULL; i++) {
        found = find_condition(s, names[i]);
    }
    return found;
}

static void check_aws(struct lint *l, const struct json *value)
{
    str text = value->text;

    if (str_eq(text, STR("*"))) {
        return;
    }
    if (glob_has_wildcard(text)) {
        report(l, LINT_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, value,
               "\"%.*s\" has a wildcard, which names nobody here.", FMT(text));
    }
    if (str_starts(text, STR("AROA"))) {
        report(l, LINT_INVALID_ROLE_REFERENCE, value, "\"%.*s\" is the unique id of a role.",
               FMT(text));
    }
    if (str_starts(text, STR("AIDA"))) {
        report(l, LINT_INVALID_USER_REFERENCE, value, "\"%.*s\" is the unique id of a user.",
               FMT(text));
    }
}

static void check_service(struct lint *l, const struct json *value)
{
    if (glob_has_wildcard(value->text)) {
        report(l, LINT_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, value,
               "A service cannot be named with a wildcard: \"%.*s\".", FMT(value->text));
    } else if (!is_service_principal(value->text)) {
        report(l, LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, value,
               "\"%.*s\" is not the name of a service principal.", FMT(value->text));
    }
}

static bool is_domain(str text)
{
    size_t dots = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '/') {
            break;
        }
        if (!ascii_is_alnum(c) && c != '-' && c != '.' && c != '_' && c != ':') {
            return false;
        }
        dots += c == '.';
    }
    return dots > 0 && !str_starts(text, STR("arn:"));
}

static bool is_provider(str text, str type)
{
    size_t at;

    return str_starts(text, STR("arn:")) && str_find(text, STR(":iam::"), &at) &&
           str_find(text, type, &at);
}

static void check_federated(struct lint *l, const struct json *value)
{
    if (l->kind != POLICY_TRUST) {
        report(l, LINT_FEDERATED_PRINCIPAL_NOT_SUPPORTED, value,
               "\"%.*s\" is a federated principal, and this is no trust policy.", FMT(value->text));
        return;
    }
    if (glob_has_wildcard(value->text)) {
        report(l, LINT_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, value,
               "A provider cannot be named with a wildcard: \"%.*s\".", FMT(value->text));
    } else if (!is_provider(value->text, STR(":saml-provider/")) &&
               !is_provider(value->text, STR(":oidc-provider/")) && !is_domain(value->text)) {
        report(l, LINT_INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY, value,
               "\"%.*s\" is neither the ARN of a provider nor a domain name.", FMT(value->text));
    }
}

/* Resource policies: the confused deputy. */
static void check_deputy(struct lint *l, const struct lint_statement *s,
                         const struct json *services)
{
    const struct condition_entry *caller = find_any(s, caller_keys, COUNT_OF(caller_keys));
    const struct json *first = list_first(services);
    bool sourced = find_any(s, source_keys, COUNT_OF(source_keys)) != NULL;

    if (l->kind != POLICY_RESOURCE || s->not_principal || first == NULL) {
        return;
    }
    if (caller != NULL && s->principal->count == 1) {
        report_key(l, LINT_UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL, caller->key,
                   "Calls of a service do not carry %.*s.", FMT(caller->key->key));
    }
    if (s->effect != EFFECT_ALLOW || sourced || caller != NULL) {
        return;
    }
    if (s->condition_count > 0) {
        report_key(l, LINT_RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL, s->conditions[0].key,
                   "%.*s says less about on whose behalf a service calls than a key of the "
                   "source.",
                   FMT(s->conditions[0].key->key));
    } else {
        report(l, LINT_RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL, first,
               "The service may act here for anybody's resource.");
    }
}

static void check_member(struct lint *l, const struct lint_statement *s, const struct json *member)
{
    static const struct {
        str key;
        void (*check)(struct lint *l, const struct json *value);
    } kinds[] = {
        { STR_INIT("AWS"), check_aws },
        { STR_INIT("Service"), check_service },
        { STR_INIT("Federated"), check_federated },
        { STR_INIT("CanonicalUser"), NULL },
    };
    size_t kind = 0;

    while (kind < COUNT_OF(kinds) && !str_eq(member->key, kinds[kind].key)) {
        kind++;
    }
    if (kind == COUNT_OF(kinds)) {
        report_key(l, LINT_INVALID_PRINCIPAL_KEY, member, "There is no kind of principal \"%.*s\".",
                   FMT(member->key));
        return;
    }
    if (list_count(member) == 0) {
        report(l, LINT_EMPTY_ARRAY_PRINCIPAL, member, "The list of principals is empty.");
    }
    for (const struct json *v = list_first(member); v != NULL; v = list_next(member, v)) {
        if (v->type != JSON_STRING) {
            report(l, LINT_DATA_TYPE_MISMATCH, v, "A principal has to be a string.");
            continue;
        }
        check_variables(l, v, false);
        if (kinds[kind].check != NULL) {
            kinds[kind].check(l, v);
        }
    }
    if (str_eq(member->key, STR("Service"))) {
        check_deputy(l, s, member);
    }
}

static void check_map(struct lint *l, const struct lint_statement *s)
{
    if (s->principal->count == 0) {
        report(l, LINT_EMPTY_OBJECT_PRINCIPAL, s->principal, "The principal names nobody.");
    }
    for (const struct json *m = s->principal->first; m != NULL; m = m->next) {
        check_member(l, s, m);
    }
}

/* True when the statement may have a principal, which then is looked at. */
static bool check_place(struct lint *l, const struct lint_statement *s)
{
    const struct json *p = s->principal;

    if (p == NULL) {
        if ((l->kind == POLICY_RESOURCE || l->kind == POLICY_TRUST || l->kind == POLICY_RCP) &&
            s->node->type == JSON_OBJECT) {
            report(l, LINT_MISSING_PRINCIPAL, s->node, "The statement has no Principal.");
        }
        return false;
    }
    if (l->kind == POLICY_IDENTITY || l->kind == POLICY_SCP) {
        report_key(
            l, l->kind == POLICY_SCP ? LINT_SCP_SYNTAX_ERROR_PRINCIPAL : LINT_UNSUPPORTED_PRINCIPAL,
            p, "This kind of policy has no %.*s.", FMT(p->key));
        return false;
    }
    if (l->kind == POLICY_TRUST && s->not_principal) {
        report_key(l, LINT_ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL, p,
                   "A trust policy has no NotPrincipal.");
    }
    return true;
}

void check_principals(struct lint *l, const struct lint_statement *s)
{
    const struct json *p = s->principal;

    if (!check_place(l, s)) {
        return;
    }
    if (s->not_principal && s->effect == EFFECT_ALLOW && l->kind != POLICY_TRUST) {
        report_key(l, LINT_ALLOW_WITH_NOT_PRINCIPAL, p,
                   "Everybody but the listed principals is allowed.");
    }
    if (p->type == JSON_OBJECT) {
        check_map(l, s);
    } else if (p->type != JSON_STRING) {
        report(l, LINT_DATA_TYPE_MISMATCH, p, "A principal has to be \"*\" or an object.");
    } else if (!str_eq(p->text, STR("*"))) {
        report(l, LINT_INVALID_PRINCIPAL_FORMAT, p, "The principal \"%.*s\" does not say its kind.",
               FMT(p->text));
    } else if (l->kind == POLICY_TRUST && s->effect == EFFECT_ALLOW) {
        report(l, LINT_ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, p,
               "Anybody in any account may assume the role.");
    }
}
