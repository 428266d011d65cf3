/* What the operations of last access share. */
#ifndef MANTLE_SERVICE_IAM_ACCESS_REPORT_H
#define MANTLE_SERVICE_IAM_ACCESS_REPORT_H

#include "model/access_report.h"
#include "service/iam/iam.h"

/* The job of a report, on its own thread; its key is the job's id. */
void access_report_make(struct rq_job *job);

/* Whether it is about an organization: then what it is about is a path in it, "o-.../r-...". */
static inline bool access_report_is_organizations(const struct access_report *report)
{
    return str_starts(report->entity_id, STR("o-"));
}

/* A new job of the caller's: `about` is an entity's id or a path in an organization. */
MUST_CHECK enum rc access_report_begin(struct rq *rq, str about, bool action_level,
                                       void (*make)(struct rq_job *job), str *ret_job_id);
/* The caller's job of that kind, not older than a day; NoSuchEntity. */
MUST_CHECK enum rc access_report_find(struct rq *rq, str job_id, bool of_organization,
                                      struct access_report *ret);
str access_report_status(const struct rq *rq, const struct access_report *report);
/* NULL: nothing went wrong. */
MUST_CHECK enum rc access_report_error(struct rq *rq, const struct access_report *report,
                                       struct iam_ErrorDetails **ret);
bool access_report_is_done(const struct access_report *report);
struct opt_int access_report_completed(const struct access_report *report);

/* User, group or role of an ARN, with `policies` a managed policy too, of the account or AWS's own.
 * InvalidInput, NoSuchEntity. */
MUST_CHECK enum rc iam_find_accessor(struct rq *rq, str text, bool policies, struct entity *ret);

#endif
