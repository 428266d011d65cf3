/* What the operations of last access share. */
#ifndef MANTLE_SERVICE_IAM_ACCESS_REPORT_H
#define MANTLE_SERVICE_IAM_ACCESS_REPORT_H

#include "service/iam/iam.h"

/* The job of a report, on its own thread; its key is the job's id. */
void access_report_make(struct rq_job *job);

/* User, group or role of an ARN, with `policies` a managed policy too, of the account or AWS's own.
 * InvalidInput, NoSuchEntity. */
MUST_CHECK enum rc iam_find_accessor(struct rq *rq, str text, bool policies, struct entity *ret);

#endif
