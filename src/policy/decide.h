/* Facts about services that deciding needs; for decide.c and service.c. */
#ifndef MANTLE_POLICY_DECIDE_H
#define MANTLE_POLICY_DECIDE_H

#include "policy/engine.h"

/* Users, role sessions, federated users and root: callers with policies of their own. */
bool principal_has_identity(const struct principal *p);

/* D-20. service: "s3:", folded. */
bool service_supports_rcp(str service);

enum trust_kind {
    TRUST_NONE,
    TRUST_ASSUME,    /* sts:AssumeRole and what goes with it */
    TRUST_FEDERATED, /* with a SAML assertion or a token */
};
enum trust_kind action_needs_trust(str folded_action);

/* */
bool resource_is_key(const struct query *query);
/* sts:TagSession for the tags of GetFederationToken, which concern no role and no trust policy. */
bool tags_federated_user(const struct query *query);

/* What one layer says. stack->boundary is known to query already. */
void layer_ask(const struct policy_stack *stack, const struct query *query, enum policy_layer layer,
               struct layer_answer *ret);

/* the rule that forbids the action to everybody, or NULL. */
const char *service_forbids(const struct query *query);

#endif
