#include "service/iam/report_job.h"

#include "base/alloc.h"
#include "model/access_report.h"
#include "system/log.h"

static enum rc open_frame(struct report_job *r)
{
    const struct env *env = r->job->env;
    uint8_t hash_key[16];

    TRY(env->random(env, hash_key, sizeof(hash_key)));
    table_init(&r->lines, &r->arena.as_alloc, hash_key);
    return reader_open(r->job->store, &r->reader);
}

static enum rc write_failure(struct txn *txn, void *arg)
{
    struct report_job *r = arg;

    return access_report_finish(txn, r->id, env_now_s(r->job->env), true);
}

void report_job_run(struct report_job *r, struct rq_job *job, const char *failed,
                    enum rc (*make)(void *arg), void *arg)
{
    enum rc rc;

    r->job = job;
    r->id = str_from(job->key, job->key_len);
    arena_init(&r->arena, &heap, 64 * 1024, REPORT_JOB_BYTES_MAX);
    arena_init(&r->scratch, &heap, 64 * 1024, REPORT_JOB_BYTES_MAX);
    rc = open_frame(r);
    if (rc == RC_OK) {
        rc = make(arg);
        reader_close(r->reader);
    }
    if (rc != RC_OK) {
        log_event(LOG_LEVEL_ERROR, failed, "error", rc_name(rc), NULL);
        rc = store_write(job->store, write_failure, r);
        if (rc != RC_OK) { /* whoever asks for it finds it lost */
            log_event(LOG_LEVEL_ERROR, failed, "error", rc_name(rc), NULL);
        }
    }
    arena_done(&r->scratch);
    arena_done(&r->arena);
}
