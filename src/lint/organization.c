/* Resource control policies. (What service control policies lack stands where the element is.) */
#include "lint/walk.h"
#include "policy/text.h"

static const str principal_keys[] = {
    STR_INIT("aws:PrincipalOrgID"), STR_INIT("aws:PrincipalAccount"),
    STR_INIT("aws:PrincipalArn"),   STR_INIT("aws:PrincipalOrgPaths"),
    STR_INIT("aws:PrincipalTag/"),
};
static const str source_keys[] = { STR_INIT("aws:SourceOrgID"), STR_INIT("aws:SourceOrgPaths"),
                                   STR_INIT("aws:SourceAccount"), STR_INIT("aws:SourceArn") };

static bool is_all_principals(const struct json *p)
{
    const struct json *aws = p->type == JSON_OBJECT ? json_member(p, STR("AWS")) : NULL;

    return (p->type == JSON_STRING && str_eq(p->text, STR("*"))) ||
           (p->type == JSON_OBJECT && p->count == 1 && aws != NULL && list_count(aws) == 1 &&
            str_eq(list_first(aws)->text, STR("*")));
}

/* Whether the block asks for aws:PrincipalIsAWSService to be this value. */
static bool asks_service(const struct lint_statement *s, str value)
{
    const struct condition_entry *e = find_condition(s, STR("aws:PrincipalIsAWSService"));

    return e != NULL && list_count(e->key) == 1 &&
           str_eq_nocase(scalar_text(list_first(e->key)), value);
}

static bool asks_null(const struct lint_statement *s)
{
    for (size_t i = 0; i < s->condition_count; i++) {
        const struct condition_entry *e = &s->conditions[i];
        if (e->known && e->op.type == OPERAND_NULL &&
            (str_eq_nocase(e->key->key, STR("aws:SourceAccount")) ||
             str_eq_nocase(e->key->key, STR("aws:SourceArn")))) {
            return true;
        }
    }
    return false;
}

static const struct condition_entry *find_negated(const struct lint_statement *s, const str *names,
                                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < s->condition_count; j++) {
            const struct condition_entry *e = &s->conditions[j];
            str key = e->key->key;
            bool named = str_ends(names[i], STR("/")) ? str_starts_nocase(key, names[i])
                                                      : str_eq_nocase(key, names[i]);
            if (named && e->known && e->op.negated) {
                return e;
            }
        }
    }
    return NULL;
}

static void check_companions(struct lint *l, const struct lint_statement *s)
{
    const struct condition_entry *principal = find_negated(s, principal_keys,
                                                           COUNT_OF(principal_keys));
    const struct condition_entry *source = find_negated(s, source_keys, COUNT_OF(source_keys));

    if (s->effect != EFFECT_DENY) {
        return;
    }
    if (principal != NULL && !asks_service(s, STR("false"))) {
        report_key(l, LINT_RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY, principal->key,
                   "Calls of AWS services do not carry %.*s and are denied.",
                   FMT(principal->key->key));
    }
    if (source != NULL && !asks_service(s, STR("true"))) {
        report_key(l, LINT_RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY, source->key,
                   "Calls of your own principals do not carry %.*s and are denied.",
                   FMT(source->key->key));
    }
    if (source != NULL && !asks_null(s)) {
        report_key(l, LINT_RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK, source->key,
                   "Calls of services that leave %.*s out are denied.", FMT(source->key->key));
    }
}

static void check_action(struct lint *l, const struct json *action)
{
    struct catalogue_service service;
    str rest = action->text, prefix;
    bool prefixed = take_until(&rest, ':', &prefix);

    if (!prefixed || glob_has_wildcard(prefix)) {
        report(l, LINT_RCP_SYNTAX_ERROR_ACTION, action, "\"%.*s\" does not name one service.",
               FMT(action->text));
    } else if (catalogue_service_find(l->catalogue, prefix, &service) &&
               !service.resource_control) {
        report(l, LINT_RCP_SYNTAX_ERROR_ACTION, action,
               "Resource control policies do not apply to %.*s.", FMT(service.name));
    }
}

void check_organization(struct lint *l, const struct lint_statement *s)
{
    if (l->kind != POLICY_RCP || s->node->type != JSON_OBJECT) {
        return;
    }
    if (s->principal != NULL && (s->not_principal || !is_all_principals(s->principal))) {
        report_key(l, LINT_RCP_SYNTAX_ERROR_PRINCIPAL, s->principal,
                   "A resource control policy applies to everybody.");
    }
    if (s->effect == EFFECT_ALLOW) {
        report(l, LINT_RCP_SYNTAX_ERROR_ALLOW, json_member(s->node, STR("Effect")),
               "A resource control policy only denies.");
    }
    if (s->not_action && s->actions != NULL) {
        report_key(l, LINT_RCP_SYNTAX_ERROR_NOTACTION, s->actions,
                   "A resource control policy has no NotAction.");
    }
    FOR_STRINGS(a, s->actions)
    {
        check_action(l, a);
    }
    check_companions(l, s);
}
