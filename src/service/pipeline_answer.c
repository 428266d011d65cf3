/* The answer of a turn: what went wrong inside in AWS's words, the body, the headers, the figures. */
#include "service/pipeline.h"

#include "service/protocol/query.h"
#include "service/turn.h"
#include "system/log.h"
#include "system/metrics.h"

enum { ANSWER_BYTES_MAX = 8 * 1024 * 1024, OUT_HEADERS_MAX = 4, DETAIL_HEADER_BYTES_MAX = 512 };

static struct metric requests_ok = { .type = METRIC_COUNTER,
                                     .name = "mantle_requests_total",
                                     .help = "API requests answered",
                                     .labels = "result=\"ok\"" };
static struct metric requests_refused = { .type = METRIC_COUNTER,
                                          .name = "mantle_requests_total",
                                          .help = "API requests answered",
                                          .labels = "result=\"refused\"" };
static struct metric requests_failed = { .type = METRIC_COUNTER,
                                         .name = "mantle_requests_total",
                                         .help = "API requests answered",
                                         .labels = "result=\"failed\"" };
static struct metric request_time = { .type = METRIC_HISTOGRAM,
                                      .name = "mantle_request_seconds",
                                      .help =
                                          "Time from the last byte of a request to its answer" };

/* What went wrong inside becomes an answer of AWS's shape; the log says what it was. */
static void fail_inside(struct turn *turn, enum rc rc)
{
    struct rq *rq = &turn->rq;
    enum rc ignored;

    switch (rc) {
    case RC_OK:
    case RC_API:
        return;
    case RC_BUSY:
        ignored = api_fail(rq, ERR_ServiceUnavailable, "The service is busy. Try again.");
        break;
    case RC_FULL:
        ignored = api_fail(rq, ERR_ServiceUnavailable,
                           "The service cannot store changes now. Try again later.");
        break;
    default:
        log_event(LOG_LEVEL_ERROR, "request.failed", "error", rc_name(rc), "operation",
                  rq->op == NULL ? "unknown" : rq->op->name.ptr, NULL);
        ignored = api_fail(rq, ERR_ServiceFailure,
                           "The request processing has failed because of an unknown error.");
        break;
    }
    (void)ignored;
}

/* A buffer that grows takes twice its size out of an arena. */
static void hold_large(struct turn *turn)
{
    struct rq *rq = &turn->rq;

    if (rq->answer_is_large && !rq->failed &&
        !http_hold(turn->exchange, 2 * rq->answer_bytes_max)) {
        fail_inside(turn, RC_BUSY);
    }
}

static const struct form_of_answer {
    str content_type;
    void (*encode)(const struct api_operation *op, const void *value, str request_id, buf *out);
    void (*error)(const struct api_service *service, enum api_error_id error, str message,
                  str request_id, buf *out);
} xml = { STR_INIT("text/xml"), protocol_encode, protocol_error },
  json = { STR_INIT("application/json"), protocol_encode_json, protocol_error_json };

/* JSON is for who says so by name and names it first; XML for all others. */
static const struct form_of_answer *form_for(const struct http_request *request)
{
    str accept = http_header_get(request, STR("accept")), first, type;

    return take_item(&accept, ',', &first) && take_item(&first, ';', &type) &&
                   str_eq_nocase(str_trim(type), json.content_type)
               ? &json
               : &xml;
}

static void encode(struct turn *turn)
{
    const struct form_of_answer *form = form_for(&turn->exchange->request);
    struct rq *rq = &turn->rq;
    struct http_exchange *exchange = turn->exchange;
    hold_large(turn);
    buf out = buf_arena(rq->arena,
                        rq->answer_bytes_max == 0 ? ANSWER_BYTES_MAX : rq->answer_bytes_max);

    exchange->status = 200;
    if (!rq->failed) {
        form->encode(rq->op, turn->out, rq->request_id, &out);
        fail_inside(turn, out.err);
    }
    if (rq->failed) {
        buf_clear(&out);
        exchange->status = protocol_status(rq->error);
        form->error(turn->service, rq->error, rq->error_message, rq->request_id, &out);
    }
    if (out.err != RC_OK) { /* half an answer is worse than none */
        exchange->status = 503;
        exchange->answer = STR("");
        exchange->close_after = true;
        return;
    }
    exchange->content_type = form->content_type;
    exchange->answer = buf_str(&out);
}

/* A stranger's words may be in it: what a header cannot carry becomes a question mark. */
static str header_text(str text, struct arena *arena)
{
    size_t len = text.len < DETAIL_HEADER_BYTES_MAX ? text.len : DETAIL_HEADER_BYTES_MAX;
    char *copy = arena_bytes(arena, len);

    for (size_t i = 0; copy != NULL && i < len; i++) {
        copy[i] = text.ptr[i] < ' ' || text.ptr[i] > '~' ? '?' : text.ptr[i];
    }
    return copy == NULL ? STR_NONE : str_from(copy, len);
}

void turn_headers(struct http_exchange *exchange, struct pipeline_loop *loop,
                  const struct turn *turn)
{
    struct http_header *headers = NEW_ARRAY(exchange->arena, OUT_HEADERS_MAX, struct http_header);
    size_t count = 0;

    if (headers == NULL) {
        return;
    }
    if (loop->config->test_mode) {
        headers[count++] = (struct http_header){ STR("x-mantle-test-mode"), STR("insecure") };
    }
    if (turn != NULL) {
        headers[count++] = (struct http_header){ STR("x-amzn-RequestId"), turn->rq.request_id };
    }
    if (turn != NULL && turn->sealed_denial.ptr != NULL) {
        headers[count++] = (struct http_header){ STR("x-mantle-authorization-message"),
                                                 turn->sealed_denial };
    }
    if (turn != NULL && turn->rq.error_detail.len > 0) {
        headers[count++] = (struct http_header){
            STR("x-mantle-detail"), header_text(turn->rq.error_detail, exchange->arena)
        };
        count -= headers[count - 1].value.ptr == NULL ? 1 : 0;
    }
    exchange->extra = headers;
    exchange->extra_count = count;
}

void turn_figures(void)
{
    metric_register(&requests_ok);
    metric_register(&requests_refused);
    metric_register(&requests_failed);
    metric_register(&request_time);
}

void turn_count(const struct turn *turn)
{
    const struct env *env = turn->rq.env;
    int status = turn->exchange->status;

    metric_add(status < 400   ? &requests_ok
               : status < 500 ? &requests_refused
                              : &requests_failed,
               1);
    metric_observe_us(&request_time, (env->mono_ns(env) - turn->exchange->received_mono_ns) / 1000);
}

void turn_answer(struct turn *turn, enum rc rc)
{
    fail_inside(turn, rc);
    encode(turn);
    turn_headers(turn->exchange, turn->loop, turn);
}
