/* Reports: work that goes on after its request was answered. */
#include "base/alloc.h"
#include "base/macros.h"
#include "service/turn.h"

static void job_run(struct work *work)
{
    struct rq_job *job = CONTAINER_OF(work, struct rq_job, work);

    job->run(job);
    ALLOC_FREE(&heap, job);
}

enum rc rq_background(struct rq *rq, int64_t number, str key, void (*run)(struct rq_job *job))
{
    const struct pipeline_config *config = turn_of(rq)->loop->config;
    struct workers *pool = config->pools[RQ_POOL_REPORTS];
    struct rq_job *job;
    enum rc rc;

    if (pool == NULL) {
        return RC_BUSY;
    }
    if (key.len > sizeof(job->key) || rq->partition.len > sizeof(job->partition)) {
        return RC_LIMIT;
    }
    job = ALLOC_NEW(&heap, struct rq_job);
    if (job == NULL) {
        return RC_NOMEM;
    }
    *job = (struct rq_job){ .work.run = job_run,
                            .store = config->store,
                            .env = config->env,
                            .account = rq->account,
                            .number = number,
                            .key_len = key.len,
                            .partition_len = rq->partition.len,
                            .run = run };
    memcpy(job->key, key.ptr, key.len);
    memcpy(job->partition, rq->partition.ptr, rq->partition.len);
    rc = workers_submit(pool, &job->work);
    if (rc != RC_OK) {
        ALLOC_FREE(&heap, job);
    }
    return rc;
}
