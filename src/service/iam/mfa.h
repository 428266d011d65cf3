/* What the two files about MFA devices share. */
#ifndef MANTLE_SERVICE_IAM_MFA_H
#define MANTLE_SERVICE_IAM_MFA_H

#include "model/mfa.h"
#include "service/iam/iam.h"

/* A virtual device of the caller's account; NoSuchEntity. */
MUST_CHECK enum rc iam_find_mfa(struct rq *rq, str serial, struct mfa_device *ret);
/* The same, and it must be that owner's. */
MUST_CHECK enum rc iam_find_mfa_of(struct rq *rq, str serial, const struct iam_owner *owner,
                                   struct mfa_device *ret);

#endif
