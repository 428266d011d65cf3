/* A whole stack: compiled for the evaluator, and as a formula for one caller. */
#ifndef MANTLE_ANALYSIS_STACK_H
#define MANTLE_ANALYSIS_STACK_H

#include "analysis/model.h"

struct layer_set {                   /* one set of documents */
    const struct analysis_set *from; /* NULL: there is none */
    const struct policy_set *compiled;
    uint32_t count;              /* of statements */
    const struct node **applies; /* per statement; made when first asked for */
};
struct stack {
    struct layer_set identity, boundary, session, resource, endpoint;
    struct layer_set *scp, *rcp;
    size_t scp_count, rcp_count;
    struct policy_stack compiled;
};

/* Compiles into arena. */
MUST_CHECK enum rc stack_compile(const struct analysis_stack *from, struct arena *arena,
                                 struct stack *ret);
/* Forgets the formulas, before another model is made. */
void stack_forget(struct stack *stack);

struct view { /* who asks, and where the resource is */
    const struct principal *principal;
    bool cross_account;
    bool principal_in_management_account, resource_in_management_account;
};
/* What the built-in rules ask, made once per model. */
struct service_nodes {
    const struct node *forbidden_policy, *forbidden_alias, *reserved_role;
    const struct node *caller_identity, *session_token;
    const struct node *assume, *federated, *tags_federated, *pass_role, *is_key, *rcp_service;
};
bool service_nodes_make(struct model *model, struct service_nodes *ret);

/* The formula that holds exactly for the requests of this caller that are allowed. NULL with
 * work->stop set. */
const struct node *stack_allows(struct model *model, const struct service_nodes *services,
                                struct stack *stack, const struct view *view);

#endif
