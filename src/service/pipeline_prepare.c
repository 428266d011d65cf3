/* Work that blocks, off the loop: what an operation needs of the outside world, or of a core for
 * longer than others should wait, is fetched before its handler runs. */
#include "service/turn.h"
#include "system/workers.h"

void rq_block(struct rq *rq, enum rq_pool pool, enum rc (*run)(struct rq *rq))
{
    rq->blocking = run;
    rq->blocking_pool = pool;
}

/* On a thread of the pool; the turn is this thread's until it is posted back. */
static void work_run(struct work *work)
{
    struct turn *turn = CONTAINER_OF(work, struct turn, work);

    turn->work_rc = turn->rq.blocking(&turn->rq);
    http_loop_post(turn->loop->http, &turn->task);
}

void rq_await(struct rq *rq, enum rc (*start)(struct rq *rq))
{
    rq->waiting = start;
}

void rq_resume(struct rq *rq, enum rc rc)
{
    struct turn *turn = turn_of(rq);

    turn->work_rc = rc;
    http_loop_post(turn->loop->http, &turn->task);
}

/* *ret_waits before the start: the report may come before it returns. */
static enum rc await(struct turn *turn, bool *ret_waits)
{
    enum rc rc;

    *ret_waits = true;
    rc = turn->rq.waiting(&turn->rq);
    if (rc != RC_OK) {
        *ret_waits = false;
    }
    return rc == RC_EXISTS ? RC_OK : rc;
}

enum rc turn_prepare(struct turn *turn, void (*then)(struct http_task *task), bool *ret_waits)
{
    struct rq *rq = &turn->rq;
    struct workers *pool;

    *ret_waits = false;
    if (rq->op->prepare == NULL) {
        return RC_OK;
    }
    TRY(access_txn(turn->loop->access, &rq->txn));
    TRY(rq->op->prepare(rq, turn->in));
    if (rq->failed) {
        return RC_API;
    }
    if (rq->blocking == NULL && rq->waiting == NULL) {
        return RC_OK;
    }
    access_txn_end(turn->loop->access); /* nothing is held while others work */
    rq->txn = NULL;
    turn->task.fn = then;
    if (rq->waiting != NULL) {
        return await(turn, ret_waits);
    }
    turn->work.run = work_run;
    pool = turn->loop->config->pools[rq->blocking_pool];
    if (pool == NULL) {
        return RC_BUSY;
    }
    TRY(workers_submit(pool, &turn->work));
    *ret_waits = true;
    return RC_OK;
}
