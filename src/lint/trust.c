/* Trust policies: who may assume the role, and how. */
#include "lint/walk.h"
#include "policy/text.h"

#define GITHUB "token.actions.githubusercontent.com"

static bool holds(str text, str part)
{
    size_t at;

    return str_find(text, part, &at);
}

/* Members of one kind of principal; NULL when there are none. */
static const struct json *principals_of(const struct lint_statement *s, str kind)
{
    return s->principal == NULL || s->not_principal ? NULL : json_member(s->principal, kind);
}

static bool is_saml(str provider)
{
    return holds(provider, STR(":saml-provider/"));
}

static void check_mismatch(struct lint *l, const struct lint_statement *s, const struct json *value,
                           str action)
{
    if (statement_has_action(s, action)) {
        report(l, LINT_MISMATCHED_ACTION_FOR_PRINCIPAL, value, "\"%.*s\" never calls %.*s.",
               FMT(value->text), FMT(action));
    }
}

static void check_providers(struct lint *l, const struct lint_statement *s)
{
    const struct json *federated = principals_of(s, STR("Federated"));
    static const str others[] = { STR_INIT("AWS"), STR_INIT("Service") };

    FOR_STRINGS(p, federated)
    {
        check_mismatch(l, s, p,
                       is_saml(p->text) ? STR("sts:AssumeRoleWithWebIdentity")
                                        : STR("sts:AssumeRoleWithSAML"));
        check_mismatch(l, s, p, STR("sts:AssumeRole"));
    }
    for (size_t i = 0; i < COUNT_OF(others) && federated == NULL; i++) {
        FOR_STRINGS(p, principals_of(s, others[i]))
        {
            if (str_eq(p->text, STR("*"))) {
                continue;
            }
            check_mismatch(l, s, p, STR("sts:AssumeRoleWithWebIdentity"));
            check_mismatch(l, s, p, STR("sts:AssumeRoleWithSAML"));
        }
    }
}

static void check_roles_anywhere(struct lint *l, const struct lint_statement *s)
{
    static const str needed[] = { STR_INIT("sts:AssumeRole"), STR_INIT("sts:SetSourceIdentity"),
                                  STR_INIT("sts:TagSession") };

    FOR_STRINGS(p, principals_of(s, STR("Service")))
    {
        for (size_t i = 0;
             str_eq(p->text, STR("rolesanywhere.amazonaws.com")) && i < COUNT_OF(needed); i++) {
            if (!statement_has_action(s, needed[i])) {
                report(l, LINT_MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY, p,
                       "IAM Roles Anywhere lacks %.*s.", FMT(needed[i]));
            }
        }
    }
}

/* The part of a provider that its condition keys begin with. */
static str key_prefix(str provider)
{
    size_t at;

    return str_find(provider, STR(":oidc-provider/"), &at)
               ? str_skip(provider, at + STR(":oidc-provider/").len)
               : provider;
}

static bool has_key_of(const struct lint_statement *s, str prefix)
{
    for (size_t i = 0; i < s->condition_count; i++) {
        str key = s->conditions[i].key->key;
        if (str_starts_nocase(key, prefix) && key.len > prefix.len && key.ptr[prefix.len] == ':') {
            return true;
        }
    }
    return false;
}

/* Six fixed characters in front of each wildcard, as ValidatePolicy counts them. */
static bool wildcards_are_narrow(str text)
{
    size_t run = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool wild = text.ptr[i] == '*' || text.ptr[i] == '?';
        if (wild && run < 6) {
            return false;
        }
        run = wild ? 0 : run + 1;
    }
    return true;
}

/* repo:OWNER/REPOSITORY:..., repository and what follows without wildcards. */
static bool names_repository_and_branch(str subject)
{
    str rest = subject;

    return take_prefix(&rest, STR("repo:")) && !glob_has_wildcard(rest);
}

static void check_github(struct lint *l, const struct lint_statement *s,
                         const struct json *provider)
{
    const struct condition_entry *sub = find_condition(s, STR(GITHUB ":sub"));
    bool other = find_condition(s, STR(GITHUB ":repository")) != NULL ||
                 find_condition(s, STR(GITHUB ":job_workflow_ref")) != NULL ||
                 find_condition(s, STR(GITHUB ":repository_id")) != NULL;

    if (sub == NULL) {
        if (!other) {
            report(l, LINT_MISSING_GITHUB_REPO_CONDITION_KEY, provider,
                   "No condition says which repository on GitHub may assume the role.");
        }
        return;
    }
    FOR_STRINGS(v, sub->key)
    {
        if (glob_has_wildcard(v->text) && !names_repository_and_branch(v->text)) {
            report(l, LINT_SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED, v,
                   "The subject \"%.*s\" has a wildcard.", FMT(v->text));
        }
    }
}

static void check_oidc(struct lint *l, const struct lint_statement *s)
{
    FOR_STRINGS(p, principals_of(s, STR("Federated")))
    {
        if (is_saml(p->text)) {
            continue;
        }
        if (str_eq_nocase(key_prefix(p->text), STR(GITHUB))) {
            check_github(l, s, p);
        } else if (!has_key_of(s, key_prefix(p->text))) {
            report(l, LINT_MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL, p,
                   "No condition asks anything about the tokens of \"%.*s\".",
                   FMT(key_prefix(p->text)));
        }
    }
}

static void check_subject_wildcards(struct lint *l, const struct lint_statement *s)
{
    for (size_t i = 0; i < s->condition_count; i++) {
        const struct condition_entry *e = &s->conditions[i];
        if (!e->known || !str_ends(e->key->key, STR(":sub")) ||
            !str_eq(e->op.name, STR("StringLike"))) {
            continue;
        }
        FOR_STRINGS(v, e->key)
        {
            if (!wildcards_are_narrow(v->text)) {
                report(l, LINT_WILDCARD_USAGE_TOO_PERMISSIVE, v,
                       "Fewer than six fixed characters stand in front of a wildcard of \"%.*s\".",
                       FMT(v->text));
            }
        }
    }
}

/* arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION beside arn:aws:iam::ACCOUNT:role/.../NAME. */
static bool session_is_of(str session, str role)
{
    str s[6], r[6], parts[3] = { STR_INIT("") }, rest;
    size_t at;

    for (size_t i = 0; i < 5; i++) {
        if (!take_until(&session, ':', &s[i]) || !take_until(&role, ':', &r[i])) {
            return false;
        }
    }
    rest = session;
    if (!str_eq(s[2], STR("sts")) || !str_eq(r[2], STR("iam")) || !str_eq(s[4], r[4]) ||
        !take_until(&rest, '/', &parts[0]) || !take_until(&rest, '/', &parts[1]) ||
        !str_eq(parts[0], STR("assumed-role")) || !str_starts(role, STR("role/"))) {
        return false;
    }
    while (str_find_char(role, '/', &at)) {
        role = str_skip(role, at + 1);
    }
    return str_eq(role, parts[1]);
}

static void check_sessions(struct lint *l, const struct lint_statement *s)
{
    const struct json *list = principals_of(s, STR("AWS"));

    FOR_STRINGS(session, list)
    {
        FOR_STRINGS(role, list)
        {
            if (l->work++ < WORK_MAX && session_is_of(session->text, role->text)) {
                report(l, LINT_REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY, session,
                       "The role \"%.*s\" of this session is listed, too.", FMT(role->text));
                break;
            }
        }
    }
}

void check_trust(struct lint *l, const struct lint_statement *s)
{
    if (l->kind != POLICY_TRUST || s->effect != EFFECT_ALLOW) {
        return;
    }
    check_providers(l, s);
    check_roles_anywhere(l, s);
    check_oidc(l, s);
    check_subject_wildcards(l, s);
    check_sessions(l, s);
}
