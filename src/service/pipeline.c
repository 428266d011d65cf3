#include "service/pipeline.h"

#include "base/bytes.h"
#include "service/protocol/query.h"
#include "service/turn.h"
#include "system/metrics.h"

enum { CACHE_BYTES = 24 * 1024 * 1024, PACKED_MAX = 512, PACKED_BYTES_MAX = 1024 * 1024 };

static struct metric test_mode_on = { .type = METRIC_GAUGE,
                                      .name = "mantle_insecure_test_mode",
                                      .help = "1: the server runs with --insecure-test-mode" };
/* --- loops -------------------------------------------------------------------------------------- */

/* One system call for many ids. What was given out is wiped. */
static enum rc pool_random(const struct env *env, void *out, size_t len)
{
    struct pipeline_loop *loop = CONTAINER_OF(env, struct pipeline_loop, env);
    const struct env *real = loop->config->env;

    if (len > sizeof(loop->pool)) {
        return real->random(real, out, len);
    }
    if (loop->pool_left < len) {
        TRY(real->random(real, loop->pool, sizeof(loop->pool)));
        loop->pool_left = sizeof(loop->pool);
    }
    loop->pool_left -= len;
    memcpy(out, &loop->pool[loop->pool_left], len);
    wipe(&loop->pool[loop->pool_left], len);
    return RC_OK;
}

static enum rc loop_open(struct pipeline_loop *loop, const struct pipeline_config *config)
{
    struct access_config access = { .store = config->store,
                                    .vault = config->vault,
                                    .env = config->env,
                                    .partition = config->partition,
                                    .tolerance_s = config->tolerance_s,
                                    .bytes_max = CACHE_BYTES };
    uint8_t hash_key[16];

    loop->env = (struct env){ .now_ns = config->env->now_ns,
                              .mono_ns = config->env->mono_ns,
                              .random = pool_random };
    TRY(config->env->random(config->env, hash_key, sizeof(hash_key)));
    TRY(config->env->random(config->env, loop->uses_key, sizeof(loop->uses_key)));
    cache_init(&loop->packed, hash_key, PACKED_MAX, PACKED_BYTES_MAX);
    TRY(reader_open(config->store, &loop->reader));
    access.reader = loop->reader;
    return access_open(&access, &loop->access);
}

static void loop_stop(void *loop_state)
{
    struct pipeline_loop *loop = loop_state;

    access_close(loop->access);
    reader_close(loop->reader);
    cache_done(&loop->packed);
    ALLOC_FREE(&heap, loop);
}

static void *loop_start(void *ctx, struct http_loop *http, unsigned index)
{
    const struct pipeline_config *config = ctx;
    struct pipeline_loop *loop = ALLOC_NEW(&heap, struct pipeline_loop);

    if (loop == NULL) {
        return NULL;
    }
    loop->config = config;
    loop->http = http;
    loop->index = index;
    turn_figures();
    metric_register(&test_mode_on);
    metric_set(&test_mode_on, config->test_mode ? 1 : 0);
    if (loop_open(loop, config) != RC_OK) {
        loop_stop(loop);
        return NULL;
    }
    return loop;
}

str turn_uuid(struct pipeline_loop *loop, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_bytes(arena, UUID_BYTES);
    uint8_t bytes[16];
    size_t at = 0;

    if (text == NULL || pool_random(&loop->env, bytes, sizeof(bytes)) != RC_OK) {
        return STR_NONE;
    }
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[at++] = '-';
        }
        text[at++] = digits[bytes[i] >> 4];
        text[at++] = digits[bytes[i] & 15];
    }
    return str_from(text, UUID_BYTES);
}

/* --- the end of a turn -------------------------------------------------------------------------- */

static void record(struct turn *turn)
{
    str line;

    if (turn->recorded && !turn->rq.failed) {
        return;
    }
    line = turn_record(turn);
    if (line.ptr != NULL) {
        trail_note(turn->loop->config->trail, turn->loop->index, line);
    }
}

/* Everything but sending: also for requests that never were HTTP. */
static void conclude(struct turn *turn, enum rc rc)
{
    access_txn_end(turn->loop->access);
    turn_answer(turn, rc);
    record(turn);
    turn_count(turn);
    if (turn->target != NULL) {
        subject_unref(turn->target);
    }
    access_release(&turn->caller);
}

/* --- handling ----------------------------------------------------------------------------------- */

static enum rc make_out(struct turn *turn)
{
    const struct api_shape *shape = turn->rq.op->out;

    if (shape == NULL) {
        return RC_OK;
    }
    turn->out = arena_alloc(turn->rq.arena, shape->size);
    return turn->out == NULL ? RC_NOMEM : RC_OK;
}

static void write_posted(struct http_task *task)
{
    struct turn *turn = CONTAINER_OF(task, struct turn, task);

    conclude(turn, turn->job.rc);
    http_answer(turn->exchange);
}

/* On the writer thread, inside the transaction: the change and its record are one commit, and a
 * failed record fails the change (security rule 13). */
static enum rc write_run(struct write_job *job, struct txn *txn)
{
    struct turn *turn = CONTAINER_OF(job, struct turn, job);
    str line;

    turn->rq.txn = txn;
    TRY(turn->rq.op->handler(&turn->rq, turn->in, turn->out));
    if (turn->rq.failed) {
        return RC_API;
    }
    line = turn_record(turn);
    if (line.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(trail_change(turn->loop->config->trail, line));
    turn->recorded = true;
    return RC_OK;
}

static void write_done(struct write_job *job, enum rc rc)
{
    struct turn *turn = CONTAINER_OF(job, struct turn, job);

    job->rc = rc;
    turn->rq.txn = NULL;
    http_loop_post(turn->loop->http, &turn->task);
}

static enum rc submit(struct turn *turn)
{
    turn->job = (struct write_job){ .run = write_run, .done = write_done };
    turn->task.fn = write_posted;
    access_txn_end(turn->loop->access); /* nothing is held while the writer works */
    return store_submit(turn->loop->config->store, &turn->job);
}

/* STS handlers mostly need no snapshot and open one themselves when they do (turn_snapshot). */
static enum rc handle_read(struct turn *turn)
{
    struct rq *rq = &turn->rq;

    if (!str_eq(rq->op->service->name, STR("sts"))) {
        TRY(access_txn(turn->loop->access, &rq->txn));
    }
    TRY(rq->op->handler(rq, turn->in, turn->out));
    return rq->failed ? RC_API : RC_OK;
}

static enum rc decode(struct turn *turn)
{
    struct api_fault fault;
    enum rc rc = protocol_decode(turn->rq.op, &turn->form, turn->rq.arena, &turn->in, &fault);

    if (rc == RC_API) {
        return api_fail(&turn->rq, fault.error, "%.*s", FMT(fault.message));
    }
    return rc;
}

/* The order is AWS's: who, then whether the request is well-formed, then whether it is allowed,
 * then whether what it names exists. */
static enum rc admit(struct turn *turn)
{
    TRY(turn_parse(turn));
    if (!turn->rq.op->unsigned_ok) {
        TRY(turn_identify(turn));
    }
    return decode(turn);
}

static enum rc permit(struct turn *turn)
{
    const struct api_operation *op = turn->rq.op;

    if (!op->unsigned_ok) {
        TRY(turn_authorize(turn));
    }
    if (!op->built) {
        return api_fail(&turn->rq, ERR_NotImplemented, "%.*s:%.*s is not built in this version.",
                        FMT(op->service->name), FMT(op->name));
    }
    return make_out(turn);
}

static struct turn *turn_new(struct pipeline_loop *loop, struct http_exchange *exchange)
{
    const struct pipeline_config *config = loop->config;
    const struct http_request *http = &exchange->request;
    struct turn *turn = NEW(exchange->arena, struct turn);

    if (turn == NULL) {
        return NULL;
    }
    turn->loop = loop;
    turn->exchange = exchange;
    turn->rq = (struct rq){ .arena = exchange->arena,
                            .env = config->env,
                            .now_s = env_now_s(config->env),
                            .vault = config->vault,
                            .attempts = config->attempts,
                            .partition = config->partition,
                            .region = config->region,
                            .test_mode = config->test_mode,
                            .pipeline = turn };
    turn->rq.request_id = turn_uuid(loop, exchange->arena);
    turn->event_id = turn_uuid(loop, exchange->arena);
    turn->call = (struct call){ .now_s = turn->rq.now_s,
                                .source_ip = http->peer_address,
                                .user_agent = http_header_get(http, STR("user-agent")),
                                .referer = http_header_get(http, STR("referer")),
                                .region = config->region,
                                .tls = http->tls };
    return turn->rq.request_id.ptr == NULL || turn->event_id.ptr == NULL ? NULL : turn;
}

/* Not even room for an error in the API's shape. */
static void answer_empty(struct http_exchange *exchange)
{
    exchange->status = 503;
    exchange->answer = STR("");
    exchange->close_after = true;
    http_answer(exchange);
}

/* From here on nothing of the request blocks but the writer. */
static void go_on(struct turn *turn, enum rc rc)
{
    if (rc == RC_OK && turn->rq.op->write) {
        rc = submit(turn);
        if (rc == RC_OK) {
            return; /* write_posted answers */
        }
    } else if (rc == RC_OK) {
        rc = handle_read(turn);
    }
    conclude(turn, rc);
    http_answer(turn->exchange);
}

static void prepared(struct http_task *task)
{
    struct turn *turn = CONTAINER_OF(task, struct turn, task);

    access_catch_up(turn->loop->access);
    go_on(turn, turn->work_rc);
}

/* Who calls, with what, is known; whether he may comes next. */
static void proceed(struct turn *turn, enum rc rc)
{
    bool waits = false;

    if (rc == RC_OK) {
        rc = permit(turn);
    }
    turn_note_use(turn);
    if (rc == RC_OK) {
        rc = turn_prepare(turn, prepared, &waits);
    }
    if (rc != RC_OK || !waits) {
        go_on(turn, rc);
    }
}

static void code_looked_at(struct http_task *task)
{
    struct turn *turn = CONTAINER_OF(task, struct turn, task);

    access_catch_up(turn->loop->access);
    proceed(turn, turn_mfa_result(turn));
}

static void handle(void *loop_state, struct http_exchange *exchange)
{
    struct pipeline_loop *loop = loop_state;
    struct turn *turn;
    bool waits = false;
    enum rc rc;

    if (endpoint_serve(loop, exchange)) {
        turn_headers(exchange, loop, NULL);
        http_answer(exchange);
        return;
    }
    turn = turn_new(loop, exchange);
    if (turn == NULL) {
        answer_empty(exchange);
        return;
    }
    access_catch_up(loop->access);
    rc = admit(turn);
    if (rc == RC_OK) {
        rc = turn_mfa(turn, code_looked_at, &waits);
    }
    if (rc != RC_OK || !waits) {
        proceed(turn, rc);
    }
}

static enum api_error_id refusal_error(int status)
{
    switch (status) {
    case 413:
    case 414:
    case 431:
        return ERR_RequestEntityTooLarge;
    case 503:
        return ERR_ServiceUnavailable;
    default:
        return ERR_MalformedInput;
    }
}

/* What is not HTTP, too large or too slow still gets an answer in the API's shape and a record. */
static void refuse(void *loop_state, struct http_exchange *exchange)
{
    struct pipeline_loop *loop = loop_state;
    int status = exchange->status;
    struct turn *turn = turn_new(loop, exchange);
    str why = str_cstr(exchange->refusal);

    if (turn == NULL) {
        return; /* the plain text goes out */
    }
    conclude(turn, api_fail(&turn->rq, refusal_error(status), "%.*s",
                            FMT(why.ptr == NULL ? STR("The request is malformed.") : why)));
    exchange->status = status;
}

const struct http_loop_hooks pipeline_hooks = {
    .start = loop_start,
    .stop = loop_stop,
    .handle = handle,
    .refuse = refuse,
    .takes_large = pipeline_takes_large,
};
