/* What the handlers of STS share: session policies, tags, and issuing credentials. */
#ifndef MANTLE_SERVICE_STS_STS_H
#define MANTLE_SERVICE_STS_STS_H

#include "access/access.h"
#include "service/request.h"
#include "service/sts/sts_api.h"
#include "service/turn.h"

enum {
    STS_CHAINED_SECONDS_MAX = 3600,
    STS_ROOT_SECONDS_MAX = 3600,
    STS_POLICY_CHARACTERS_MAX = 2048, /* inline and managed together */
};

/* Reads Policy and PolicyArns into the session; MalformedPolicyDocument, PackedPolicyTooLarge,
 * ValidationError. Managed policies are those of `account` or AWS's own. */
MUST_CHECK enum rc sts_session_policies(struct rq *rq, str policy,
                                        const struct sts_PolicyDescriptorType_list *arns,
                                        int64_t account, struct session *session, str *ret_packed);

/* Tags of the request and those inherited from the calling session; InvalidParameterValue. */
MUST_CHECK enum rc sts_session_tags(struct rq *rq, const struct sts_Tag_list *tags,
                                    const struct api_str_list *transitive,
                                    const struct session *parent, struct session *session);

/* Percentage of the space used; PackedPolicyTooLarge above 100. */
MUST_CHECK enum rc sts_packed_size(struct rq *rq, const struct session *session, str packed,
                                   int64_t *ret_percent);

/* Seals the session and derives its key. issued_s, expires_s and access_key_id are filled in:
 * at most seconds from now, and never past the end of the calling session (security rule 4). */
MUST_CHECK enum rc sts_issue(struct rq *rq, struct session *session, str packed, int64_t seconds,
                             struct sts_Credentials **ret);

/* AssumedRoleUser: the id and the ARN of the session. */
MUST_CHECK enum rc sts_name_session(struct rq *rq, const struct session *session,
                                    const struct subject *role, struct sts_AssumedRoleUser **ret);

/* federated.c: what AssumeRoleWithSAML and AssumeRoleWithWebIdentity share once an assertion or a
 * token was verified. Everything of it comes from what the provider signed. */
struct sts_federation {
    enum principal_type type; /* PRINCIPAL_SAML or PRINCIPAL_WEB_IDENTITY */
    str action;               /* "sts:AssumeRoleWithSAML" */
    struct federated_identity identity;
    const struct session_key *kept; /* keys the session keeps, aws:FederatedProvider among them */
    size_t kept_count;              /* at most SESSION_KEYS_MAX */
    struct sts_Tag_list tags;
    struct api_str_list transitive;
    str source_identity; /* absent when none */
    int64_t seconds_max; /* the provider's own limit; 0: none */
};
struct sts_federated_in { /* what the caller asks for */
    str role_arn, session_name, policy;
    const struct sts_PolicyDescriptorType_list *policy_arns;
    int64_t seconds;
};
struct sts_federated_out {
    struct sts_Credentials *credentials;
    struct sts_AssumedRoleUser *user;
    struct opt_int packed_size; /* absent without policy and tags */
};
/* The account of a role's ARN; ValidationError when it is not one. The role need not exist. */
MUST_CHECK enum rc sts_role_account(struct rq *rq, str role_arn, int64_t *ret_account);
/* Asks the role's trust policy, then issues. AccessDenied, also when there is no such role. The
 * federation is in the arena: its identity is the request's caller from here on, for the trail too. */
MUST_CHECK enum rc sts_assume_federated(struct rq *rq, const struct sts_federation *federation,
                                        const struct sts_federated_in *in,
                                        struct sts_federated_out *ret);

/* The loop's snapshot, begun at first need: STS reads run without one otherwise. */
MUST_CHECK enum rc sts_snapshot(struct rq *rq, struct txn **ret);

#endif
