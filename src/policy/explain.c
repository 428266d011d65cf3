/* Saying what was decided: where a statement stands, and a denial in AWS's words. */
#include "base/buf.h"
#include "policy/decide.h"

bool policy_statement_info(const struct policy_set *set, uint32_t statement,
                           struct statement_info *ret)
{
    const struct origin *origin;

    if (set == NULL || statement >= set->count) {
        return false;
    }
    origin = &set->origins[statement];
    *ret = (struct statement_info){
        .policy_name = origin->policy_name,
        .sid = origin->sid,
        .index = origin->index,
        .line = origin->line,
        .column = origin->column,
        .end_line = origin->end_line,
        .end_column = origin->end_column,
    };
    return true;
}

str policy_result_name(enum decision_result result)
{
    switch (result) {
    case DECIDED_ALLOW:
        return STR("allow");
    case DECIDED_EXPLICIT_DENY:
        return STR("explicit_deny");
    case DECIDED_IMPLICIT_DENY:
        return STR("implicit_deny");
    }
    return STR("implicit_deny");
}

str policy_layer_name(enum policy_layer layer)
{
    static const str names[] = {
        [LAYER_NONE] = STR_INIT("none"),
        [LAYER_RCP] = STR_INIT("rcp"),
        [LAYER_SCP] = STR_INIT("scp"),
        [LAYER_RESOURCE] = STR_INIT("resource"),
        [LAYER_ENDPOINT] = STR_INIT("endpoint"),
        [LAYER_IDENTITY] = STR_INIT("identity"),
        [LAYER_BOUNDARY] = STR_INIT("boundary"),
        [LAYER_SESSION] = STR_INIT("session"),
        [LAYER_SERVICE_RULE] = STR_INIT("service"),
    };

    return names[layer];
}

/* How AWS names each layer. `arn`: since January 2026 the denying policy's ARN follows; not for
 * resource and endpoint policies, which have none. */
static const struct {
    str denies, allows;
    bool arn;
} layers[] = {
    [LAYER_NONE] = { STR_INIT(""), STR_INIT(""), false },
    [LAYER_RCP] = { STR_INIT("a resource control policy"), STR_INIT("resource control policy"),
                    true },
    [LAYER_SCP] = { STR_INIT("a service control policy"), STR_INIT("service control policy"),
                    true },
    [LAYER_RESOURCE] = { STR_INIT("a resource-based policy"), STR_INIT("resource-based policy"),
                         false },
    [LAYER_ENDPOINT] = { STR_INIT("a VPC endpoint policy"), STR_INIT("VPC endpoint policy"),
                         false },
    [LAYER_IDENTITY] = { STR_INIT("an identity-based policy"), STR_INIT("identity-based policy"),
                         true },
    [LAYER_BOUNDARY] = { STR_INIT("a permissions boundary"), STR_INIT("permissions boundary"),
                         true },
    [LAYER_SESSION] = { STR_INIT("a session policy"), STR_INIT("session policy"), true },
    [LAYER_SERVICE_RULE] = { STR_INIT(""), STR_INIT(""), false },
};

/* The ARN is shown within one account only: it would tell a stranger how another's is guarded. */
static bool arn_may_show(const struct policy_request *rq)
{
    return rq->principal.account.ptr != NULL &&
           (rq->resource_account.ptr == NULL ||
            str_eq(rq->principal.account, rq->resource_account));
}

static bool is_trust_action(str action)
{
    char folded[ACTION_MAX];
    size_t len = action.len < ACTION_MAX ? action.len : ACTION_MAX;

    for (size_t i = 0; i < len; i++) {
        folded[i] = ascii_lower(action.ptr[i]);
    }
    return action_needs_trust(str_from(folded, len)) != TRUST_NONE;
}

static void explicit_tail(const struct decision *decision, const struct policy_request *rq,
                          buf *out)
{
    struct statement_info info;

    if (decision->layer == LAYER_RESOURCE && is_trust_action(rq->action)) {
        BUF_LIT(out, " with an explicit deny in the role trust policy");
        return;
    }
    BUF_LIT(out, " with an explicit deny in ");
    buf_add(out, layers[decision->layer].denies);
    if (layers[decision->layer].arn && arn_may_show(rq) &&
        policy_statement_info(decision->set, decision->statement, &info) &&
        str_starts(info.policy_name, STR("arn:"))) {
        BUF_LIT(out, ": ");
        buf_add(out, info.policy_name);
    }
}

void policy_denial_message(const struct decision *decision, const struct policy_request *rq,
                           buf *out)
{
    bool anonymous = rq->principal.arn.len == 0;

    BUF_LIT(out, "User: ");
    buf_add(out, anonymous ? STR("anonymous") : rq->principal.arn);
    BUF_LIT(out, " is not authorized to perform: ");
    buf_add(out, rq->action);
    BUF_LIT(out, " on resource: ");
    buf_add(out, rq->resource);
    if (decision->result == DECIDED_EXPLICIT_DENY) {
        explicit_tail(decision, rq, out);
        return;
    }
    /* STS says no more when a trust policy does not name the caller. */
    if (layers[decision->layer].allows.len == 0 ||
        (decision->layer == LAYER_RESOURCE && is_trust_action(rq->action))) {
        return;
    }
    BUF_LIT(out, " because no ");
    buf_add(out, layers[decision->layer].allows);
    BUF_LIT(out, " allows the ");
    buf_add(out, rq->action);
    BUF_LIT(out, " action");
}
