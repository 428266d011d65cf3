/* Combining the layers (section 3 of the rules). First what no policy can change, then every Deny,
 * then the guard rails, then who grants. */
#include "policy/decide.h"

struct decider {
    const struct query *query;
    struct layer_answer *by; /* layer; written by policy_decide only */
    struct decision *out;
};

static void conclude(struct decider *d, enum decision_result result, enum policy_layer layer,
                     const char *rule)
{
    *d->out = (struct decision){ .result = result, .layer = layer, .rule = rule };
}

static bool allow(struct decider *d, enum policy_layer layer, const char *rule)
{
    const struct layer_answer *answer = &d->by[layer];

    *d->out = (struct decision){ DECIDED_ALLOW, layer, answer->set, answer->statement, rule };
    return true;
}

static bool refuse(struct decider *d, enum policy_layer layer, const char *rule)
{
    conclude(d, DECIDED_IMPLICIT_DENY, layer, rule);
    return true;
}

/* D-2 */
static bool denies(struct decider *d, enum policy_layer layer)
{
    const struct layer_answer *answer = &d->by[layer];

    if (answer->result != DECIDED_EXPLICIT_DENY) {
        return false;
    }
    *d->out = (struct decision){ DECIDED_EXPLICIT_DENY, layer, answer->set, answer->statement,
                                 "D-2" };
    return true;
}

/* The layer is asked and does not allow. */
static bool is_short(const struct decider *d, enum policy_layer layer)
{
    return d->by[layer].asked && d->by[layer].result != DECIDED_ALLOW;
}

/* How strongly the resource policy grants. */
static enum strength granted(const struct decider *d)
{
    const struct layer_answer *answer = &d->by[LAYER_RESOURCE];

    return answer->result == DECIDED_ALLOW ? answer->strength : STRENGTH_NONE;
}

/* Boundary and session policy; both only limit (D-34). False: one is short, and has concluded. */
static bool limits_allow(struct decider *d, const char *rule)
{
    if (is_short(d, LAYER_BOUNDARY)) {
        conclude(d, DECIDED_IMPLICIT_DENY, LAYER_BOUNDARY, rule);
        return false;
    }
    if (is_short(d, LAYER_SESSION)) {
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

    if (p->type != PRINCIPAL_ROOT && d->by[LAYER_IDENTITY].result != DECIDED_ALLOW) {
        conclude(d, DECIDED_IMPLICIT_DENY, LAYER_IDENTITY, own);
        return;
    }
    if (!limits_allow(d, own)) {
        return;
    }
    if (p->type == PRINCIPAL_ROOT) {
        conclude(d, DECIDED_ALLOW, LAYER_IDENTITY, rule == NULL ? own : rule);
        return;
    }
    (void)allow(d, LAYER_IDENTITY, rule == NULL ? own : rule);
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
    if (granted(d) < enough || (anonymous && action_needs_trust(d->query->action) != TRUST_NONE)) {
        return refuse(d, LAYER_RESOURCE, rule);
    }
    return allow(d, LAYER_RESOURCE, rule);
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
    switch (granted(d)) {
    case STRENGTH_DIRECT:
    case STRENGTH_OTHERS:
        return allow(d, LAYER_RESOURCE, direct_rule);
    case STRENGTH_ROLE:
        /* A limit that is short here is short on the identity side as well. */
        return !limits_allow(d, role_rule) || allow(d, LAYER_RESOURCE, role_rule);
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
    if (granted(d) == STRENGTH_NONE) {
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
    if (!resource_is_key(d->query) || granted(d) != STRENGTH_NONE) {
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
        if (granted(d) == STRENGTH_NONE) {
            (void)refuse(d, LAYER_RESOURCE, d->by[LAYER_RESOURCE].asked ? "X-1" : "X-3");
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

static bool set_is_empty(const struct policy_set *set)
{
    return set == NULL || set->count == 0;
}

/* Nobody denies: the guard rails, then who grants. */
static void undenied_decide(struct decider *d)
{
    if (str_eq(d->query->action, STR("sts:getsessiontoken")) &&
        principal_has_identity(&d->query->rq->principal)) {
        conclude(d, DECIDED_ALLOW, LAYER_SERVICE_RULE, "X-23"); /* needs no permission */
    } else if (is_short(d, LAYER_SCP)) {
        (void)refuse(d, LAYER_SCP, set_is_empty(d->by[LAYER_SCP].set) ? "D-11" : "D-10");
    } else if (is_short(d, LAYER_ENDPOINT)) {
        (void)refuse(d, LAYER_ENDPOINT, "X-27");
    } else {
        grants_decide(d);
    }
}

static bool layer_denies(struct decider *d, const struct policy_stack *stack,
                         enum policy_layer layer)
{
    layer_ask(stack, d->query, layer, &d->by[layer]);
    return denies(d, layer);
}

/* Most requests have one or two layers: those that are not there stay zeroed. */
static bool any_denies(struct decider *d, const struct policy_stack *s)
{
    bool session = s->session != NULL || /* D-33 */
                   d->query->rq->principal.type == PRINCIPAL_FEDERATED_USER;

    return (s->rcp_count > 0 && layer_denies(d, s, LAYER_RCP)) ||
           (s->scp_count > 0 && layer_denies(d, s, LAYER_SCP)) ||
           (s->resource != NULL && layer_denies(d, s, LAYER_RESOURCE)) ||
           (s->endpoint != NULL && layer_denies(d, s, LAYER_ENDPOINT)) ||
           (s->identity != NULL && layer_denies(d, s, LAYER_IDENTITY)) ||
           (s->boundary != NULL && layer_denies(d, s, LAYER_BOUNDARY)) ||
           (session && layer_denies(d, s, LAYER_SESSION));
}

void policy_decide(const struct policy_stack *stack, const struct policy_request *request,
                   struct decision *ret)
{
    /* Filled by query_prepare; zeroing it first would cost a tenth of the decision. */
    struct query query __attribute__((uninitialized));
    struct layer_answer by[LAYER_COUNT] = { 0 };
    struct decider d = { &query, by, ret };

    *ret = (struct decision){ .rule = "D-1" };
    if (!query_prepare(&query, request)) {
        (void)refuse(&d, LAYER_NONE, "D-6");
        return;
    }
    query.has_boundary = stack->boundary != NULL;
    if (fixed_decided(&d)) {
        return;
    }
    if (!any_denies(&d, stack)) {
        undenied_decide(&d);
    }
}

void policy_combine(const struct policy_answers *answers, const struct policy_request *request,
                    struct decision *ret)
{
    struct policy_answers copy = *answers;
    struct query query;
    struct decider d = { &query, copy.by_layer, ret };

    *ret = (struct decision){ .rule = "D-1" };
    if (!query_prepare(&query, request)) {
        (void)refuse(&d, LAYER_NONE, "D-6");
        return;
    }
    if (fixed_decided(&d)) {
        return;
    }
    for (enum policy_layer layer = LAYER_RCP; layer <= LAYER_SESSION; layer++) {
        if (denies(&d, layer)) {
            return;
        }
    }
    undenied_decide(&d);
}
