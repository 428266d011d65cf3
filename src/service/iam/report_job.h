/* The frame of a job that makes a report of last access: a snapshot, memory, a table of lines, and
 * the word that it failed. */
#ifndef MANTLE_SERVICE_IAM_REPORT_JOB_H
#define MANTLE_SERVICE_IAM_REPORT_JOB_H

#include "base/arena.h"
#include "base/table.h"
#include "service/iam/iam.h"
#include "store/store.h"

enum { REPORT_JOB_BYTES_MAX = 32 * 1024 * 1024 }; /* each of the two arenas */

struct report_job {
    struct rq_job *job;
    str id;
    struct reader *reader;
    struct arena arena;   /* of the whole job */
    struct arena scratch; /* of one page */
    struct table lines;
};

/* Opens the frame, calls `make`, and closes it. Where that fails, `failed` goes to the log and the
 * job is written down as failed; where even this cannot be, it is found to be lost later. */
void report_job_run(struct report_job *r, struct rq_job *job, const char *failed,
                    enum rc (*make)(void *arg), void *arg);

#endif
