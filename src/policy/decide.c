/* Combining the layers (section 3 of the rules). First what no policy can change, then every Deny,
 * then the guard rails, then who grants. */
#include "policy/decide.h"

struct decider {
    const struct policy_stack *stack;
    struct query *query;
    struct finding resource, identity, boundary, session, endpoint;
    struct decision *out;
};

static void conclude(struct decider *d, enum decision_result result, enum policy_layer layer,
                     const char *rule)
{
    *d->out = (struct decision){ .result = result, .layer = layer, .rule = rule };
}

static bool allow(struct decider *d, enum policy_layer layer, const struct policy_set *set,
                  const struct finding *finding, const char *rule)
{
    *d->out = (struct decision){ DECIDED_ALLOW, layer, set, finding->statement, rule };
    return true;
}

static bool refuse(struct decider *d, enum policy_layer layer, const char *rule)
{
    conclude(d, DECIDED_IMPLICIT_DENY, layer, rule);
    return true;
}

/* Asks one set; true when it denies (D-2). */
static bool denies(struct decider *d, enum policy_layer layer, const struct policy_set *set,
                   struct finding *ret)
{
    *ret = set_find(set, d->query);
    if (ret->effect != EFFECT_DENY) {
        return false;
    }
    *d->out = (struct decision){ DECIDED_EXPLICIT_DENY, layer, set, ret->statement, "D-2" };
    return true;
}

static bool rcp_applies(const struct decider *d)
{
    const struct policy_request *rq = d->query->rq;

    return !rq->resource_in_management_account && !rq->principal.service_linked &&
           service_supports_rcp(d->query->service); /* D-20 */
}

static bool scp_applies(const struct decider *d)
{
    const struct policy_request *rq = d->query->rq;

    return principal_has_identity(&rq->principal) && !rq->principal.service_linked &&
           !rq->principal_in_management_account; /* D-10, D-12 */
}

/* *ret_short: the first level that allows nothing here, as a rule number; NULL when none. */
static bool scp_denies(struct decider *d, const char **ret_short)
{
    *ret_short = NULL;
    for (size_t i = 0; i < d->stack->scp_count && scp_applies(d); i++) {
        struct finding finding;
        if (denies(d, LAYER_SCP, d->stack->scp[i], &finding)) {
            return true;
        }
        if (finding.effect != EFFECT_ALLOW && *ret_short == NULL) {
            *ret_short = d->stack->scp[i] == NULL ? "D-11" : "D-10";
        }
    }
    return false;
}

static bool rcp_denies(struct decider *d)
{
    struct finding finding; /* D-21: Allows come from RCPFullAWSAccess; only denies matter */

    for (size_t i = 0; i < d->stack->rcp_count && rcp_applies(d); i++) {
        if (denies(d, LAYER_RCP, d->stack->rcp[i], &finding)) {
            return true;
        }
    }
    return false;
}

/* D-35: for the root user there is no boundary; a session set is the task policy of D-37. Callers
 * without an identity side have none of the three. */
static bool caller_denies(struct decider *d)
{
    enum principal_type type = d->query->rq->principal.type;
    const struct policy_stack *stack = d->stack;

    if (!principal_has_identity(&d->query->rq->principal)) {
        return false;
    }
    if (denies(d, LAYER_IDENTITY, stack->identity, &d->identity)) {
        return true;
    }
    if (type != PRINCIPAL_ROOT && denies(d, LAYER_BOUNDARY, stack->boundary, &d->boundary)) {
        return true;
    }
    return denies(d, LAYER_SESSION, stack->session, &d->session);
}

/* Boundary and session policy; both only limit (D-34). False: one is short, and has concluded. */
static bool limits_allow(struct decider *d, const char *rule)
{
    const struct principal *p = &d->query->rq->principal;

    if (p->type != PRINCIPAL_ROOT && d->stack->boundary != NULL &&
        d->boundary.effect != EFFECT_ALLOW) {
        conclude(d, DECIDED_IMPLICIT_DENY, LAYER_BOUNDARY, rule);
        return false;
    }
    /* D-33, D-44: a federated user has nothing without a session policy. */
    if ((d->stack->session != NULL || p->type == PRINCIPAL_FEDERATED_USER) &&
        d->session.effect != EFFECT_ALLOW) {
        conclude(d, DECIDED_IMPLICIT_DENY, LAYER_SESSION, rule);
        return false;
    }
    return true;
}

static const char *identity_rule(const struct principal *p)
{
    switch (p->type) {
    case PRINCIPAL_ROOT:
        return "D-35";
    case PRINCIPAL_ROLE_SESSION:
        return "D-31";
    case PRINCIPAL_FEDERATED_USER:
        return "D-33";
    case PRINCIPAL_USER:
    case PRINCIPAL_ANONYMOUS:
    case PRINCIPAL_SERVICE:
    case PRINCIPAL_WEB_IDENTITY:
    case PRINCIPAL_SAML:
        return "D-30";
    }
    return "D-30";
}

/* 3.3: always concludes. */
static void identity_decides(struct decider *d, const char *rule)
{
    const struct principal *p = &d->query->rq->principal;
    const char *own = identity_rule(p);

    if (p->type != PRINCIPAL_ROOT && d->identity.effect != EFFECT_ALLOW) {
        conclude(d, DECIDED_IMPLICIT_DENY, LAYER_IDENTITY, own);
        return;
    }
    if (!limits_allow(d, own)) {
        return;
    }
    if (p->type == PRINCIPAL_ROOT) {
        conclude(d, DECIDED_ALLOW, LAYER_IDENTITY, own);
        return;
    }
    (void)allow(d, LAYER_IDENTITY, d->stack->identity, &d->identity, rule == NULL ? own : rule);
}

/* 3.6 and X-22: callers without an identity side stand or fall with the resource policy. */
static bool outsider_decided(struct decider *d)
{
    enum principal_type type = d->query->rq->principal.type;
    bool anonymous = type == PRINCIPAL_ANONYMOUS;
    const char *rule = anonymous ? "X-10" : type == PRINCIPAL_SERVICE ? "X-11" : "X-22";
    /* X-10 counts NotPrincipal as a grant; ask to be named, or "*". */
    enum strength enough = anonymous ? STRENGTH_OTHERS : STRENGTH_DIRECT;

    if (principal_has_identity(&d->query->rq->principal)) {
        return false;
    }
    /* without an account a caller is of another one, and an unsigned one has no identity side
     * that could allow; "Principal": "*" does not open a role to the unsigned. */
    if (d->resource.strength < enough ||
        (anonymous && action_needs_trust(d->query->action) != TRUST_NONE)) {
        return refuse(d, LAYER_RESOURCE, rule);
    }
    return allow(d, LAYER_RESOURCE, d->stack->resource, &d->resource, rule);
}

static bool is_cross_account(const struct policy_request *rq)
{
    if (rq->resource_account.ptr == NULL) {
        return false;
    }
    return rq->principal.account.ptr == NULL ||
           !str_eq(rq->principal.account, rq->resource_account);
}

/* 3.4: true when the resource policy alone settles it. */
static bool resource_grants(struct decider *d, const char *direct_rule, const char *role_rule)
{
    const struct policy_set *set = d->stack->resource;

    switch (d->resource.strength) {
    case STRENGTH_DIRECT:
    case STRENGTH_OTHERS:
        return allow(d, LAYER_RESOURCE, set, &d->resource, direct_rule);
    case STRENGTH_ROLE:
        /* A limit that is short here is short on the identity side as well. */
        return !limits_allow(d, role_rule) ||
               allow(d, LAYER_RESOURCE, set, &d->resource, role_rule);
    case STRENGTH_ACCOUNT: /* D-45 */
    case STRENGTH_NONE:    /* D-40 */
        return false;
    }
    return false;
}

/* a role's trust policy is required. */
static bool trust_decided(struct decider *d)
{
    const struct principal *p = &d->query->rq->principal;
    enum trust_kind kind = action_needs_trust(d->query->action);

    if (kind == TRUST_NONE || tags_federated_user(d->query)) {
        return false;
    }
    if (kind == TRUST_FEDERATED) { /* for callers who have no identity side yet */
        return refuse(d, LAYER_RESOURCE, "X-22");
    }
    if (p->type == PRINCIPAL_ROOT) {
        return refuse(d, LAYER_SERVICE_RULE, "X-25");
    }
    if (d->resource.strength == STRENGTH_NONE) {
        return refuse(d, LAYER_RESOURCE, "X-20");
    }
    if (is_cross_account(d->query->rq)) {
        identity_decides(d, "X-21");
    } else if (!resource_grants(d, "X-20", "X-20")) {
        identity_decides(d, "X-20");
    }
    return true;
}

/* without the key policy nothing, not even for the root user. */
static bool key_decided(struct decider *d)
{
    if (!resource_is_key(d->query) || d->resource.strength != STRENGTH_NONE) {
        return false;
    }
    return refuse(d, LAYER_RESOURCE, "X-24");
}

static bool pass_role_decided(struct decider *d)
{
    if (!str_eq(d->query->action, STR("iam:passrole"))) {
        return false;
    }
    if (is_cross_account(d->query->rq)) {
        return refuse(d, LAYER_SERVICE_RULE, "X-26");
    }
    identity_decides(d, NULL); /* a trust policy does not let anybody pass the role */
    return true;
}

static void grants_decide(struct decider *d)
{
    enum principal_type type = d->query->rq->principal.type;

    if (outsider_decided(d) || trust_decided(d) || pass_role_decided(d) || key_decided(d)) {
        return;
    }
    if (is_cross_account(d->query->rq)) {
        if (d->resource.strength == STRENGTH_NONE) {
            (void)refuse(d, LAYER_RESOURCE, d->stack->resource == NULL ? "X-3" : "X-1");
            return;
        }
        identity_decides(d, type == PRINCIPAL_ROOT ? "X-4" : "X-1"); /* */
        return;
    }
    if (type != PRINCIPAL_ROOT && /* D-48: root needs no grant; its task policy limits (D-37) */
        resource_grants(d,
                        type == PRINCIPAL_USER           ? "D-41"
                        : type == PRINCIPAL_ROLE_SESSION ? "D-42"
                                                         : "D-44",
                        type == PRINCIPAL_ROLE_SESSION ? "D-43" : "D-44")) {
        return;
    }
    identity_decides(d, NULL);
}

/* What no policy can change, before any is asked. */
static bool fixed_decided(struct decider *d)
{
    const char *rule = service_forbids(d->query);
    const struct principal *p = &d->query->rq->principal;

    if (rule != NULL) {
        return refuse(d, LAYER_SERVICE_RULE, rule);
    }
    /* even when denied. A federated identity before its role is not authenticated here. */
    if (str_eq(d->query->action, STR("sts:getcalleridentity")) &&
        (principal_has_identity(p) || p->type == PRINCIPAL_SERVICE)) {
        conclude(d, DECIDED_ALLOW, LAYER_SERVICE_RULE, "X-23");
        return true;
    }
    return false;
}

void policy_decide(const struct policy_stack *stack, const struct policy_request *request,
                   struct decision *ret)
{
    /* Filled by query_prepare; zeroing it first would cost a tenth of the decision. */
    struct query query __attribute__((uninitialized));
    struct decider d = { .stack = stack, .query = &query, .out = ret };
    const char *scp_short;

    *ret = (struct decision){ .rule = "D-1" };
    if (!query_prepare(&query, request)) {
        conclude(&d, DECIDED_IMPLICIT_DENY, LAYER_NONE, "D-6");
        return;
    }
    query.has_boundary = stack->boundary != NULL;
    if (fixed_decided(&d)) {
        return;
    }
    if (rcp_denies(&d) || scp_denies(&d, &scp_short) ||
        denies(&d, LAYER_RESOURCE, stack->resource, &d.resource) ||
        denies(&d, LAYER_ENDPOINT, stack->endpoint, &d.endpoint) || caller_denies(&d)) {
        return;
    }
    if (str_eq(query.action, STR("sts:getsessiontoken")) &&
        principal_has_identity(&request->principal)) {
        conclude(&d, DECIDED_ALLOW, LAYER_SERVICE_RULE, "X-23"); /* needs no permission */
        return;
    }
    if (scp_short != NULL) {
        conclude(&d, DECIDED_IMPLICIT_DENY, LAYER_SCP, scp_short);
        return;
    }
    if (stack->endpoint != NULL && d.endpoint.effect != EFFECT_ALLOW) {
        conclude(&d, DECIDED_IMPLICIT_DENY, LAYER_ENDPOINT, "X-27");
        return;
    }
    grants_decide(&d);
}
