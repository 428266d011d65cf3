/* What each layer says by itself: which sets bear on a request, and what they find. */
#include "policy/decide.h"

struct layer_sets {
    const struct policy_set *const *sets;
    size_t count;
};

static bool rcp_applies(const struct query *query)
{
    const struct policy_request *rq = query->rq;

    return !rq->resource_in_management_account && !rq->principal.service_linked &&
           service_supports_rcp(query->service); /* D-20 */
}

static bool scp_applies(const struct query *query)
{
    const struct policy_request *rq = query->rq;

    return principal_has_identity(&rq->principal) && !rq->principal.service_linked &&
           !rq->principal_in_management_account; /* D-10, D-12 */
}

static struct layer_sets one_set(const struct policy_set *const *set, bool asked)
{
    return (struct layer_sets){ set, asked ? 1 : 0 };
}

/* D-35: for the root user there is no boundary; a session set is the task policy of D-37. Callers
 * without an identity side have none of the three. */
static struct layer_sets caller_sets(const struct policy_stack *stack, const struct principal *p,
                                     enum policy_layer layer)
{
    if (!principal_has_identity(p)) {
        return (struct layer_sets){ NULL, 0 };
    }
    if (layer == LAYER_IDENTITY) {
        return one_set(&stack->identity, stack->identity != NULL);
    }
    if (layer == LAYER_BOUNDARY) {
        return one_set(&stack->boundary, stack->boundary != NULL && p->type != PRINCIPAL_ROOT);
    }
    /* D-33, D-44: a federated user has nothing without a session policy. */
    return one_set(&stack->session, stack->session != NULL || p->type == PRINCIPAL_FEDERATED_USER);
}

static struct layer_sets sets_of(const struct policy_stack *stack, const struct query *query,
                                 enum policy_layer layer)
{
    switch (layer) {
    case LAYER_RCP:
        return (struct layer_sets){ stack->rcp, rcp_applies(query) ? stack->rcp_count : 0 };
    case LAYER_SCP:
        return (struct layer_sets){ stack->scp, scp_applies(query) ? stack->scp_count : 0 };
    case LAYER_RESOURCE:
        return one_set(&stack->resource, stack->resource != NULL);
    case LAYER_ENDPOINT:
        return one_set(&stack->endpoint, stack->endpoint != NULL);
    case LAYER_IDENTITY:
    case LAYER_BOUNDARY:
    case LAYER_SESSION:
        return caller_sets(stack, &query->rq->principal, layer);
    case LAYER_NONE:
    case LAYER_SERVICE_RULE:
        break;
    }
    return (struct layer_sets){ NULL, 0 };
}

static const enum decision_result results[] = {
    [EFFECT_NONE] = DECIDED_IMPLICIT_DENY,
    [EFFECT_ALLOW] = DECIDED_ALLOW,
    [EFFECT_DENY] = DECIDED_EXPLICIT_DENY,
};

/* Of several levels one that denies counts, else the first that lacks the allow (D-10). */
void layer_ask(const struct policy_stack *stack, const struct query *query, enum policy_layer layer,
               struct layer_answer *ret)
{
    struct layer_sets of = sets_of(stack, query, layer);

    *ret = (struct layer_answer){ .asked = of.count > 0 };
    for (size_t i = 0; i < of.count; i++) {
        struct finding finding = set_find(of.sets[i], query);
        if (i == 0 || finding.effect == EFFECT_DENY ||
            (finding.effect == EFFECT_NONE && ret->result == DECIDED_ALLOW)) {
            *ret = (struct layer_answer){
                results[finding.effect], true, finding.strength, (uint32_t)i, of.sets[i],
                finding.statement
            };
        }
        if (finding.effect == EFFECT_DENY) {
            return;
        }
    }
    if (layer == LAYER_RCP && ret->asked) { /* D-21: RCPFullAWSAccess, attached everywhere */
        *ret = (struct layer_answer){ .result = DECIDED_ALLOW, .asked = true };
    }
}

void policy_ask(const struct policy_stack *stack, const struct policy_request *request,
                struct policy_answers *ret)
{
    struct query query;

    *ret = (struct policy_answers){ 0 };
    if (!query_prepare(&query, request)) {
        return; /* D-6 */
    }
    query.has_boundary = stack->boundary != NULL;
    for (enum policy_layer layer = LAYER_RCP; layer <= LAYER_SESSION; layer++) {
        layer_ask(stack, &query, layer, &ret->by_layer[layer]);
    }
}

size_t policy_matches(const struct policy_stack *stack, const struct policy_request *request,
                      struct policy_match *room, size_t room_count)
{
    struct query query;
    struct finding found;
    size_t count = 0;

    if (!query_prepare(&query, request)) {
        return 0; /* D-6 */
    }
    query.has_boundary = stack->boundary != NULL;
    for (enum policy_layer layer = LAYER_RCP; layer <= LAYER_SESSION; layer++) {
        struct layer_sets of = sets_of(stack, &query, layer);
        for (uint32_t i = 0; i < of.count; i++) {
            for (uint32_t at = 0; set_next(of.sets[i], &query, at, &found);
                 at = found.statement + 1, count++) {
                if (count < room_count) {
                    room[count] = (struct policy_match){
                        .layer = layer,
                        .level = i,
                        .set = of.sets[i],
                        .statement = found.statement,
                        .deny = found.effect == EFFECT_DENY,
                        .strength = found.strength,
                    };
                }
            }
        }
    }
    return count;
}
