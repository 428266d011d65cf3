/* Managed policies as handlers find and show them. */
#ifndef MANTLE_SERVICE_IAM_POLICY_H
#define MANTLE_SERVICE_IAM_POLICY_H

#include <stdbool.h>

#include "base/rc.h"
#include "base/str.h"
#include "service/iam/iam_api.h"

struct managed_policy;
struct policy_version;
struct rq;

/* By ARN: of the caller's account or AWS's own; NoSuchEntity "Policy ARN was not found.", or
 * ValidationError when it is no ARN at all. */
MUST_CHECK enum rc iam_find_managed(struct rq *rq, str arn, struct managed_policy *ret);
/* The same with RC_NOENT left to the caller. */
MUST_CHECK enum rc iam_managed_by_arn(struct rq *rq, str arn, struct managed_policy *ret);
/* AccessDenied when it is AWS's: those cannot be changed. */
MUST_CHECK enum rc iam_refuse_aws_owned(struct rq *rq, const struct managed_policy *policy,
                                        str arn);
/* iam_find_managed for changing. */
MUST_CHECK enum rc iam_find_managed_own(struct rq *rq, str arn, struct managed_policy *ret);
/* The members every answer has: neither description nor tags. */
MUST_CHECK enum rc iam_policy_view(struct rq *rq, const struct managed_policy *policy,
                                   struct iam_Policy *ret);
MUST_CHECK enum rc iam_version_view(struct rq *rq, const struct policy_version *version,
                                    bool with_document, struct iam_PolicyVersion *ret);
/* Grammar and PolicySize. */
MUST_CHECK enum rc iam_check_managed_document(struct rq *rq, str document);

#endif
