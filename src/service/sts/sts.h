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

/* Known parameters that this version cannot honour are refused by name, never ignored. */
MUST_CHECK enum rc sts_refuse_mfa(struct rq *rq, str serial_number, str token_code);

/* The loop's snapshot, begun at first need: STS reads run without one otherwise. */
MUST_CHECK enum rc sts_snapshot(struct rq *rq, struct txn **ret);

#endif
