/* One request on its way through the house, as handlers see it: decoded, validated, authorized. */
#ifndef MANTLE_SERVICE_REQUEST_H
#define MANTLE_SERVICE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "service/protocol/api.h"
#include "system/workers.h"

struct attempts; /* system/attempts.h */
struct caller;   /* access/access.h */
struct store;    /* store/store.h */
struct txn;      /* store/store.h */
struct vault;

/* Threads that may block, in pools of their own so that one kind of waiting does not hold up the
 * other (see pipeline_config). */
enum rq_pool {
    RQ_POOL_COMPUTE, /* password hashing: costs a core while it runs */
    RQ_POOL_OUTSIDE, /* outbound HTTP, the helper process: mostly waits for others */
    RQ_POOL_REPORTS, /* what takes long and nobody waits for: rq_background's */
    RQ_POOL_COUNT,
};

struct rq {
    const struct api_operation *op;
    struct arena *arena; /* everything of this request; reset when the answer is sent */
    const struct env *env;
    int64_t now_s;   /* one instant for the whole request */
    struct txn *txn; /* a snapshot for reads, a change for writes */
    struct vault *vault;
    struct attempts *attempts; /* how often was guessed at a password or a code */
    const struct caller *caller;
    int64_t account;  /* the caller's: all names resolve in it */
    str account_text; /* twelve digits */
    str partition;    /* "aws" */
    str region;
    str request_id;          /* UUID, in header, body and trail */
    bool test_mode;          /* --insecure-test-mode */
    size_t answer_bytes_max; /* a handler whose answer is larger than others' may be says so here */
    bool answer_is_large;    /* and that it comes out of what the server has for large requests */

    /* What a prepared operation's first step leaves for its handler; in the arena. */
    void *prepared;
    enum rc (*blocking)(struct rq *rq); /* set by rq_block */
    enum rq_pool blocking_pool;
    enum rc (*waiting)(struct rq *rq); /* set by rq_await */

    /* Filled by api_fail: */
    enum api_error_id error;
    str error_message;
    str error_detail; /* what exactly, in our words, where AWS's say little; absent: nothing more */
    bool failed;

    void *pipeline; /* the pipeline's own */
};

/* A handler of operation Op of service iam is generated as
 *   enum rc iam_Op(struct rq *rq, const struct iam_Op_in *in, struct iam_Op_out *out);
 * (operations without input or output get no such parameter). It fills *out from rq->arena and
 * returns RC_OK, or returns what api_fail gave. Any other code becomes ServiceFailure 500.
 *
 * A "prepared" operation has a step before it,
 *   enum rc iam_Op_prepare(struct rq *rq, const struct iam_Op_in *in);
 * which runs on the loop with a snapshot in rq->txn, also when the operation writes. What must block
 * it hands to rq_block; the handler runs after that, with whatever was left in rq->prepared. */

/* In a prepare step only: `run` is called on a thread of that pool, without a snapshot, and owns rq
 * while it runs; it may api_fail. A pool with too much waiting refuses: ServiceUnavailable. */
void rq_block(struct rq *rq, enum rq_pool pool, enum rc (*run)(struct rq *rq));

/* Work that goes on behind the answer, on a thread of its own pool, with everything it needs in it. It
 * opens a reader of its own and changes through store_write; store_write comes after the change
 * that began it. What it works on has to survive that it never ends: the process may. */
enum { RQ_JOB_KEY_MAX = 64 };
struct rq_job {
    struct work work;
    struct store *store;
    const struct env *env;
    int64_t account;
    int64_t number;
    char key[RQ_JOB_KEY_MAX];
    size_t key_len;
    char partition[16];
    size_t partition_len;
    void (*run)(struct rq_job *job);
};
/* Any thread. RC_BUSY: too much waits already. */
MUST_CHECK enum rc rq_background(struct rq *rq, int64_t number, str key,
                                 void (*run)(struct rq_job *job));

/* In a prepare step only, for what another thread will report without one of a pool being held:
 * `start` is called once no snapshot is held. RC_OK: rq_resume will be called, once, from any thread;
 * RC_EXISTS: there is nothing to wait for; others end the request. */
void rq_await(struct rq *rq, enum rc (*start)(struct rq *rq));
/* Goes on with the handler, or ends the request when rc is not RC_OK. */
void rq_resume(struct rq *rq, enum rc rc);

/* Says the error in the API's own words. Returns RC_API. The first error of a request stays. */
enum rc api_fail(struct rq *rq, enum api_error_id error, const char *format, ...) PRINTF_LIKE(3, 4);
/* MalformedPolicyDocument in AWS's words, which do not name the fault ("Syntax errors in policy."); its
 * place and name go into error_detail: the header x-mantle-detail, and the trail. Returns RC_API. */
struct policy_refusal;
enum rc api_fail_policy(struct rq *rq, const struct policy_refusal *refusal);
/* Something of this machine failed under the request: logged as `event`, and said in error_detail. */
void rq_trouble(struct rq *rq, const char *event, str why);

#endif
