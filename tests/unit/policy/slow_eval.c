/* Statements and layers, by the rules, in the order of their numbers. */
#include "slow.h"

enum side { SIDE_IDENTITY, SIDE_SCP, SIDE_RESOURCE, SIDE_TRUST, SIDE_ENDPOINT, SIDE_RCP };
enum grant { GRANT_NONE, GRANT_ACCOUNT, GRANT_ROLE, GRANT_UNLISTED, GRANT_DIRECT };

struct answer { /* of one set: E-2 */
    bool denied, allowed;
    enum grant grant;
};

static const struct json *first_of(const struct json *list)
{
    return list == NULL ? NULL : list->type == JSON_ARRAY ? list->first : list;
}

static const struct json *next_of(const struct json *list, const struct json *item)
{
    return list->type == JSON_ARRAY ? item->next : NULL;
}

/* -- 1.1, 1.2 ---------------------------------------------------------------------------------- */

static bool action_matches(const struct json *statement, const struct policy_request *rq)
{
    const struct json *yes = json_member(statement, STR("Action"));
    const struct json *no = json_member(statement, STR("NotAction"));
    const struct json *list = yes != NULL ? yes : no;
    bool listed = false;

    for (const struct json *a = first_of(list); a != NULL; a = next_of(list, a)) {
        listed = listed || slow_action(a->text, rq->action); /* */
    }
    return yes != NULL ? listed : !listed; /* */
}

static bool resource_matches(const struct json *statement, bool variables, enum side side,
                             const struct policy_request *rq)
{
    const struct json *yes = json_member(statement, STR("Resource"));
    const struct json *no = json_member(statement, STR("NotResource"));
    const struct json *list = yes != NULL ? yes : no;
    bool listed = false;
    bool pads = side == SIDE_IDENTITY || side == SIDE_SCP;

    if (list == NULL) {
        return true; /* */
    }
    for (const struct json *r = first_of(list); r != NULL; r = next_of(list, r)) {
        size_t colons = 0;
        for (size_t i = 0; i < r->text.len; i++) {
            colons += r->text.ptr[i] == ':' ? 1 : 0;
        }
        if (side == SIDE_RCP && colons < 5 && !str_eq(r->text, STR("*"))) {
            continue; /* */
        }
        listed = listed || slow_resource(r->text, variables, pads, rq); /* */
    }
    return yes != NULL ? listed : !listed;
}

/* -- 1.3 --------------------------------------------------------------------------------------- */

static bool has_wildcard(str s)
{
    size_t at;

    return str_find_char(s, '*', &at) || str_find_char(s, '?', &at);
}

static bool twelve_digits(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i])) {
            return false;
        }
    }
    return s.len == 12;
}

static bool federates(const struct principal *p)
{
    return p->type == PRINCIPAL_WEB_IDENTITY || p->type == PRINCIPAL_SAML;
}

/* *ret_bad: not a principal at all (P-6, P-15). */
static enum grant aws_grant(str value, const struct principal *p, bool *ret_bad)
{
    str s[6], rest = value, account = STR_NONE;
    size_t n = 0;

    if (str_eq(value, STR("*"))) {
        return GRANT_DIRECT; /* P-1 */
    }
    while (n < 5 && take_until(&rest, ':', &s[n])) {
        n++;
    }
    s[n] = rest;
    if (twelve_digits(value)) {
        account = value;
    } else if (n == 5 && str_eq(s[5], STR("root")) && twelve_digits(s[4])) {
        account = s[4];
    }
    if (account.ptr != NULL) { /* P-2 */
        bool has_account = p->type != PRINCIPAL_ANONYMOUS && p->type != PRINCIPAL_SERVICE &&
                           !federates(p);
        return has_account && str_eq(account, p->account) ? GRANT_ACCOUNT : GRANT_NONE;
    }
    if (has_wildcard(value) || n < 5 || str_starts(s[5], STR("group/"))) {
        *ret_bad = true; /* P-6, P-15 */
        return GRANT_NONE;
    }
    switch (p->type) {
    case PRINCIPAL_USER:
        return str_eq(value, p->arn) ? GRANT_DIRECT : GRANT_NONE; /* P-3 */
    case PRINCIPAL_ROLE_SESSION:
        return str_eq(value, p->arn)        ? GRANT_DIRECT /* P-5 */
               : str_eq(value, p->role_arn) ? GRANT_ROLE
                                            : GRANT_NONE; /* P-4 */
    case PRINCIPAL_FEDERATED_USER:
        return str_eq(value, p->arn)        ? GRANT_DIRECT
               : str_eq(value, p->user_arn) ? GRANT_ROLE
                                            : GRANT_NONE;
    case PRINCIPAL_ANONYMOUS:
    case PRINCIPAL_ROOT:
    case PRINCIPAL_SERVICE:
    case PRINCIPAL_WEB_IDENTITY:
    case PRINCIPAL_SAML:
        return GRANT_NONE;
    }
    return GRANT_NONE;
}

static enum grant member_grant(str key, str value, const struct principal *p, bool *ret_bad)
{
    if (str_eq(key, STR("AWS"))) {
        return aws_grant(value, p, ret_bad);
    }
    if (str_eq(key, STR("Service"))) { /* P-7 */
        return p->type == PRINCIPAL_SERVICE && str_eq(value, p->arn) ? GRANT_DIRECT : GRANT_NONE;
    }
    if (str_eq(key, STR("Federated"))) { /* P-8 */
        return federates(p) && str_eq(value, p->arn) ? GRANT_DIRECT : GRANT_NONE;
    }
    return GRANT_NONE;
}

static enum grant strongest(const struct json *principal, const struct principal *p, bool *ret_bad)
{
    enum grant best = GRANT_NONE;

    if (principal->type == JSON_STRING) {
        return aws_grant(principal->text, p, ret_bad);
    }
    for (const struct json *m = principal->first; m != NULL; m = m->next) {
        for (const struct json *v = first_of(m); v != NULL; v = next_of(m, v)) {
            enum grant grant = member_grant(m->key, v->text, p, ret_bad);
            best = grant > best ? grant : best; /* P-9 */
        }
    }
    return best;
}

static bool is_user_or_role(const struct principal *p)
{
    return p->type == PRINCIPAL_USER || p->type == PRINCIPAL_ROLE_SESSION ||
           p->type == PRINCIPAL_FEDERATED_USER;
}

static enum grant principal_grant(const struct json *statement, enum side side, bool deny,
                                  bool has_boundary, const struct principal *p)
{
    const struct json *yes = json_member(statement, STR("Principal"));
    const struct json *no = json_member(statement, STR("NotPrincipal"));
    bool bad = false;
    enum grant grant;

    if (side == SIDE_IDENTITY || side == SIDE_SCP) {
        return GRANT_DIRECT;
    }
    if (yes == NULL && no == NULL) {
        return side == SIDE_ENDPOINT ? GRANT_DIRECT : GRANT_NONE; /* P-12 */
    }
    if (yes != NULL) {
        grant = strongest(yes, p, &bad);
        return deny && bad ? GRANT_DIRECT : grant; /* P-6: a Deny fails closed */
    }
    if (deny && side == SIDE_RESOURCE && has_boundary && is_user_or_role(p)) {
        return GRANT_UNLISTED; /* P-11 */
    }
    grant = strongest(no, p, &bad);
    if (grant != GRANT_NONE || (bad && !deny)) {
        return GRANT_NONE;
    }
    return GRANT_UNLISTED; /* P-10 */
}

/* -- one statement, one set -------------------------------------------------------------------- */

static bool conditions_hold(const struct json *statement, bool variables, bool deny,
                            const struct policy_request *rq)
{
    const struct json *block = json_member(statement, STR("Condition"));

    for (const struct json *op = block == NULL ? NULL : block->first; op != NULL; op = op->next) {
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            if (!slow_condition(op->key, key, variables, deny, rq)) { /* C-1 */
                return false;
            }
        }
    }
    return true;
}

static void ask_statement(const struct json *statement, bool variables, enum side side,
                          bool has_boundary, const struct policy_request *rq, struct answer *a)
{
    bool deny = str_eq(json_member(statement, STR("Effect"))->text, STR("Deny"));
    enum grant grant = principal_grant(statement, side, deny, has_boundary, &rq->principal);

    if (grant == GRANT_NONE || !action_matches(statement, rq) ||
        !resource_matches(statement, variables, side, rq) ||
        !conditions_hold(statement, variables, deny, rq)) {
        return; /* E-1 */
    }
    if (deny) {
        a->denied = true;
    } else {
        a->allowed = true;
        a->grant = grant > a->grant ? grant : a->grant;
    }
}

/* documents: one, or an array of them, or NULL. */
static struct answer ask(const struct json *documents, enum side side, bool has_boundary,
                         const struct policy_request *rq)
{
    struct answer a = { false, false, GRANT_NONE };

    for (const struct json *d = first_of(documents); d != NULL; d = next_of(documents, d)) {
        const struct json *version = json_member(d, STR("Version"));
        const struct json *statements = json_member(d, STR("Statement"));
        bool variables = version != NULL && str_eq(version->text, STR("2012-10-17")); /* V-1 */
        for (const struct json *s = first_of(statements); s != NULL; s = next_of(statements, s)) {
            ask_statement(s, variables, side, has_boundary, rq, &a);
        }
    }
    return a;
}

/* -- section 3 --------------------------------------------------------------------------------- */

static bool action_is(const struct policy_request *rq, const char *action)
{
    return str_eq_nocase(rq->action, str_cstr(action));
}

static bool service_is(const struct policy_request *rq, const char *service)
{
    str rest = rq->action, name;

    return take_until(&rest, ':', &name) && str_eq_nocase(name, str_cstr(service));
}

/* "service" and how the sixth segment begins. */
static bool resource_is(const struct policy_request *rq, const char *service, const char *begins)
{
    str s[6] = { STR_NONE }, rest = rq->resource;

    for (int i = 0; i < 5; i++) {
        if (!take_until(&rest, ':', &s[i])) {
            return false;
        }
    }
    return str_eq(s[2], str_cstr(service)) && str_starts(rest, str_cstr(begins));
}

static bool forbidden_to_all(const struct policy_request *rq)
{
    static const char *const policy_actions[] = {
        "iam:CreatePolicy",           "iam:CreatePolicyVersion", "iam:DeletePolicy",
        "iam:DeletePolicyVersion",    "iam:TagPolicy",           "iam:UntagPolicy",
        "iam:SetDefaultPolicyVersion"
    };
    size_t at;
    bool customer = rq->principal.type != PRINCIPAL_SERVICE && !rq->principal.service_linked;

    for (size_t i = 0; i < COUNT_OF(policy_actions); i++) { /* */
        if (action_is(rq, policy_actions[i]) && resource_is(rq, "iam", "policy/") &&
            str_find(rq->resource, STR(":aws:policy/"), &at)) {
            return true;
        }
    }
    if (customer && service_is(rq, "iam") && resource_is(rq, "iam", "role/aws-reserved/") &&
        !str_starts_nocase(rq->action, STR("iam:Get")) &&
        !str_starts_nocase(rq->action, STR("iam:List")) &&
        !str_starts_nocase(rq->action, STR("iam:Simulate")) &&
        !str_starts_nocase(rq->action, STR("iam:Generate"))) {
        return true; /* */
    }
    return (action_is(rq, "kms:CreateAlias") || action_is(rq, "kms:UpdateAlias") ||
            action_is(rq, "kms:DeleteAlias")) &&
           resource_is(rq, "kms", "alias/aws/"); /* */
}

static bool supports_rcp(const struct policy_request *rq)
{
    static const char *const services[] = {
        "s3",  "sts",  "kms",         "sqs",  "secretsmanager",  "dynamodb",
        "ecr", "logs", "cognito-idp", "aoss", "cognito-identity"
    };

    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (service_is(rq, services[i])) {
            return true;
        }
    }
    return false;
}

struct answers {
    struct answer identity, boundary, session, resource, endpoint;
    bool has_boundary, has_session, scp_short;
};

static bool has_identity(const struct principal *p)
{
    return is_user_or_role(p) || p->type == PRINCIPAL_ROOT;
}

/* D-2: asks every policy that applies; true when one denies. */
static bool any_denies(const struct eval_case *c, struct answers *a)
{
    const struct policy_request *rq = &c->request;
    const struct principal *p = &rq->principal;
    const struct case_policies *pol = &c->policies;
    bool boundary = pol->boundary != NULL, denied = false;
    bool trust = resource_document_kind(rq->action, rq->resource) == POLICY_TRUST;

    if (!rq->resource_in_management_account && !p->service_linked && supports_rcp(rq)) { /* D-20 */
        for (const struct json *l = first_of(pol->rcp); l != NULL; l = l->next) {
            denied = denied || ask(l, SIDE_RCP, boundary, rq).denied;
        }
    }
    if (has_identity(p) && !p->service_linked && !rq->principal_in_management_account) { /* D-12 */
        for (const struct json *l = first_of(pol->scp); l != NULL; l = l->next) {
            struct answer level = ask(l, SIDE_SCP, boundary, rq);
            denied = denied || level.denied;
            a->scp_short = a->scp_short || !level.allowed; /* D-10, D-11 */
        }
    }
    a->resource = ask(pol->resource, trust ? SIDE_TRUST : SIDE_RESOURCE, boundary, rq);
    a->endpoint = ask(pol->endpoint, SIDE_ENDPOINT, boundary, rq);
    if (has_identity(p)) {
        a->identity = ask(pol->identity, SIDE_IDENTITY, boundary, rq);
        a->session = ask(pol->session, SIDE_IDENTITY, boundary, rq);
        a->has_session = pol->session != NULL || p->type == PRINCIPAL_FEDERATED_USER; /* D-33 */
        if (p->type != PRINCIPAL_ROOT) {                                              /* D-35 */
            a->boundary = ask(pol->boundary, SIDE_IDENTITY, boundary, rq);
            a->has_boundary = boundary;
        }
    }
    return denied || a->resource.denied || a->endpoint.denied || a->identity.denied ||
           a->session.denied || a->boundary.denied;
}

static bool limits_allow(const struct answers *a)
{
    return (!a->has_boundary || a->boundary.allowed) && (!a->has_session || a->session.allowed);
}

/* 3.3 */
static bool identity_allows(const struct answers *a, const struct principal *p)
{
    return (p->type == PRINCIPAL_ROOT || a->identity.allowed) && limits_allow(a);
}

/* 3.4 for callers of the account: the resource policy by itself. */
static bool resource_suffices(const struct answers *a)
{
    return a->resource.grant == GRANT_DIRECT || a->resource.grant == GRANT_UNLISTED || /* D-41.. */
           (a->resource.grant == GRANT_ROLE && limits_allow(a));                       /* D-43 */
}

static bool granted(const struct eval_case *c, const struct answers *a)
{
    const struct policy_request *rq = &c->request;
    const struct principal *p = &rq->principal;
    bool cross = rq->resource_account.ptr != NULL &&
                 (p->account.ptr == NULL || !str_eq(rq->resource_account, p->account));
    bool tag_session = action_is(rq, "sts:TagSession");
    bool federated_tags = tag_session && resource_is(rq, "sts", "federated-user/");
    bool trust = action_is(rq, "sts:AssumeRole") || (tag_session && !federated_tags) ||
                 action_is(rq, "sts:SetSourceIdentity") || action_is(rq, "sts:SetContext");
    bool federation = action_is(rq, "sts:AssumeRoleWithSAML") ||
                      action_is(rq, "sts:AssumeRoleWithWebIdentity");

    if (p->type == PRINCIPAL_ANONYMOUS) { /* X-10; X-21: not into roles */
        return a->resource.grant >= GRANT_UNLISTED && !trust && !federation && !tag_session;
    }
    if (p->type == PRINCIPAL_SERVICE || federates(p)) { /* */
        return a->resource.grant == GRANT_DIRECT;
    }
    if (federation) {
        return false; /* */
    }
    if (trust) {
        if (p->type == PRINCIPAL_ROOT || a->resource.grant == GRANT_NONE) { /* */
            return false;
        }
        return cross ? identity_allows(a, p) /* */
                     : resource_suffices(a) || identity_allows(a, p);
    }
    if (action_is(rq, "iam:PassRole")) { /* */
        return !cross && identity_allows(a, p);
    }
    if (a->resource.grant == GRANT_NONE && (cross || resource_is(rq, "kms", "key/"))) {
        return false; /* */
    }
    if (cross) {
        return identity_allows(a, p); /* */
    }
    if (p->type == PRINCIPAL_ROOT) {
        return limits_allow(a); /* D-35, D-37, D-48 */
    }
    return resource_suffices(a) || identity_allows(a, p); /* D-46 */
}

static bool is_a_request(const struct policy_request *rq)
{
    str rest = rq->action, service;
    size_t at;

    return rq->resource.len > 0 && take_until(&rest, ':', &service) && service.len > 0 &&
           rest.len > 0 && !str_find_char(rest, ':', &at) && rq->action.len <= 128;
}

enum decision_result slow_decide(const struct eval_case *c)
{
    const struct policy_request *rq = &c->request;
    const struct principal *p = &rq->principal;
    struct answers a;

    memset(&a, 0, sizeof(a));
    if (!is_a_request(rq) || forbidden_to_all(rq)) {
        return DECIDED_IMPLICIT_DENY; /* D-6, X-28 to X-30 */
    }
    if (action_is(rq, "sts:GetCallerIdentity") &&
        (has_identity(p) || p->type == PRINCIPAL_SERVICE)) {
        return DECIDED_ALLOW; /* */
    }
    if (any_denies(c, &a)) {
        return DECIDED_EXPLICIT_DENY; /* D-2 */
    }
    if (action_is(rq, "sts:GetSessionToken") && has_identity(p)) {
        return DECIDED_ALLOW; /* */
    }
    if (a.scp_short || (c->policies.endpoint != NULL && !a.endpoint.allowed)) {
        return DECIDED_IMPLICIT_DENY; /* D-4, X-27 */
    }
    return granted(c, &a) ? DECIDED_ALLOW : DECIDED_IMPLICIT_DENY;
}
