/* One request's turn through the pipeline, and what a loop keeps for all of them. The pipeline's
 * own; handlers see struct rq only (service/request.h, service/authz.h). */
#ifndef MANTLE_SERVICE_TURN_H
#define MANTLE_SERVICE_TURN_H

#include "access/access.h"
#include "access/cache.h"
#include "codec/form.h"
#include "net/http.h"
#include "service/pipeline.h"
#include "service/request.h"
#include "store/store.h"
#include "system/workers.h"
#include "trail/trail.h"

enum { RANDOM_POOL_BYTES = 2048, EVALUATED_MAX = 8, UUID_BYTES = 36 };
enum { USES_KEPT = 4096 };

struct use_slot { /* that a principal's use of an action was told, and when */
    uint64_t hash;
    int64_t told_s;
};

struct pipeline_loop {
    const struct pipeline_config *config;
    struct http_loop *http;
    unsigned index;
    struct reader *reader;
    struct access *access;
    struct cache packed; /* session policies that were checked and packed before, by their text */
    struct env env;      /* the real one with randomness from the pool */
    uint8_t pool[RANDOM_POOL_BYTES]; /* for ids of all kinds; never for secrets */
    size_t pool_left;
    struct use_slot uses[USES_KEPT];
    uint8_t uses_key[16];
};

struct packed_policy {
    struct cache_entry entry; /* first; key is the policy's text */
    str packed;
};

struct turn {
    struct rq rq; /* rq.pipeline points back here */
    struct pipeline_loop *loop;
    struct http_exchange *exchange;
    const struct api_service *service; /* NULL until known */
    struct form form;
    struct caller caller; /* valid when rq.caller is not NULL */
    str claimed_key_id;   /* unverified, for the trail */
    struct call call;
    const struct subject *target; /* role being assumed; held */
    void *in, *out;
    struct trail_evaluated evaluated[EVALUATED_MAX];
    size_t evaluated_count;
    str event_id;
    str sealed_denial; /* of the decision that refused */
    bool recorded;     /* the record went with the change */
    struct write_job job;
    struct http_task task;
    str mfa_whom;     /* whose attempts a one-time code counts among */
    struct work work; /* of a prepared operation */
    enum rc work_rc;
};

static inline struct turn *turn_of(const struct rq *rq)
{
    return rq->pipeline;
}

/* Every step below returns RC_OK, or RC_API with the error in turn->rq, or another code. */

/* pipeline_parse.c: method, form, operation. */
MUST_CHECK enum rc turn_parse(struct turn *turn);
/* pipeline_identify.c: who calls; what sessions may not do at all. */
MUST_CHECK enum rc turn_identify(struct turn *turn);
/* The hook of that name. */
bool pipeline_takes_large(void *loop_state, const struct http_request *http, struct arena *arena);
/* pipeline_mfa.c: the one-time code of a request that brings one. RC_OK with *ret_waits: `then` is
 * called on the loop when it was looked at, and asks turn_mfa_result. */
MUST_CHECK enum rc turn_mfa(struct turn *turn, void (*then)(struct http_task *task),
                            bool *ret_waits);
MUST_CHECK enum rc turn_mfa_result(struct turn *turn);
/* pipeline_authorize.c: every row of the operation's authz. */
MUST_CHECK enum rc turn_authorize(struct turn *turn);
/* pipeline_prepare.c: the step before the handler. RC_OK with *ret_waits: `then` is called on the
 * loop once the blocking work is done, with its result in turn->work_rc. */
MUST_CHECK enum rc turn_prepare(struct turn *turn, void (*then)(struct http_task *task),
                                bool *ret_waits);
/* pipeline_answer.c: the exchange is filled with the answer; rc is how the last step ended. */
void turn_answer(struct turn *turn, enum rc rc);
/* The headers alone. turn NULL: of an exchange that is no request of the API. */
void turn_headers(struct http_exchange *exchange, struct pipeline_loop *loop,
                  const struct turn *turn);
/* The figures of /metrics that count turns: made known, and this turn among them. */
void turn_figures(void);
void turn_count(const struct turn *turn);
/* One question more, asked by a handler (iam:PassRole, say); any thread. AccessDenied: RC_API. */
MUST_CHECK enum rc turn_decide(struct turn *turn, const struct ask *ask);

/* denial.c: what a denial was decided from, sealed for sts:DecodeAuthorizationMessage; absent when
 * it would be too long. */
str turn_seal_denial(struct turn *turn, const struct verdict *verdict);

/* last_use.c: when the key or role was last used, and the user or role an action, told to the store at
 * most once in a quarter of an hour. Only for verified callers (security rule 5). */
void turn_note_use(struct turn *turn);

/* audit.c: the line of this turn's record, in the arena; absent when memory ran out. */
str turn_record(struct turn *turn);

/* A random UUID (version 4) in the arena. */
str turn_uuid(struct pipeline_loop *loop, struct arena *arena);

/* endpoints.c: /health, /metrics, /_mantle/reset. False when the path is none of them; else the
 * exchange is filled. */
bool endpoint_serve(struct pipeline_loop *loop, struct http_exchange *exchange);

#endif
