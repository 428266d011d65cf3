/* What the handlers of signing certificates, SSH public keys and service-specific credentials
 * share. */
#ifndef MANTLE_SERVICE_IAM_CREDENTIAL_H
#define MANTLE_SERVICE_IAM_CREDENTIAL_H

#include "model/credential.h"
#include "service/iam/iam.h"

/* The owner, and the credential of that id when it is his; NoSuchEntity. */
MUST_CHECK enum rc iam_find_credential(struct rq *rq, str user_name, enum credential_kind kind,
                                       str id, struct iam_owner *ret_owner, struct credential *ret);
/* Active, Inactive, or Expired, which only time sets. */
str iam_credential_status(const struct rq *rq, const struct credential *credential);
/* InvalidInput for "Expired". */
MUST_CHECK enum rc iam_set_credential_status(struct rq *rq, const struct credential *credential,
                                             str status);
/* LimitExceeded when the owner may have no more of that kind. */
MUST_CHECK enum rc iam_admit_credential(struct rq *rq, str owner_id, enum credential_kind kind,
                                        enum quota quota);
MUST_CHECK enum rc iam_delete_credential(struct rq *rq, str user_name, enum credential_kind kind,
                                         str id);
MUST_CHECK enum rc iam_update_credential(struct rq *rq, str user_name, enum credential_kind kind,
                                         str id, str status);

#endif
