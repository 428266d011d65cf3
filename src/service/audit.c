/* What the trail says of one request: a CloudTrail-shaped record with who, from where, what was
 * asked, decided and answered. */
#include "service/protocol/json_view.h"
#include "service/turn.h"

enum { IDENTITY_BYTES_MAX = 16 * 1024, VIEW_BYTES_MAX = 256 * 1024, LINE_BYTES_MAX = 1024 * 1024 };

static str identity_of(struct turn *turn)
{
    buf out = buf_arena(turn->rq.arena, IDENTITY_BYTES_MAX);

    access_print_identity(turn->rq.caller, turn->claimed_key_id, &out);
    return out.err == RC_OK ? buf_str(&out) : STR("{\"type\":\"Unknown\"}");
}

/* Absent stands for null: also when the view would not fit, a record without its parameters is
 * better than none. */
static str view_of(struct turn *turn, const struct api_shape *shape, const void *value)
{
    buf out = buf_arena(turn->rq.arena, VIEW_BYTES_MAX);

    if (shape == NULL || value == NULL) {
        return STR_NONE;
    }
    json_view(shape, value, &out);
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

/* CloudTrail leaves out what was only read, but tells which temporary key was given out. */
static bool tells_answer(const struct api_operation *op)
{
    return op->write || api_member_find(op->out, STR("Credentials")) != NULL;
}

static void put_result(struct turn *turn, struct trail_event *event)
{
    const struct rq *rq = &turn->rq;

    if (rq->failed) {
        event->error_code = api_errors[rq->error].code;
        event->error_message = rq->error_message;
        event->error_detail = rq->error_detail;
    } else if (tells_answer(rq->op)) {
        event->response_elements = view_of(turn, rq->op->out, turn->out);
    }
}

str turn_record(struct turn *turn)
{
    const struct http_request *http = &turn->exchange->request;
    const struct rq *rq = &turn->rq;
    struct trail_event event = {
        .request_id = rq->request_id,
        .event_id = turn->event_id,
        .time_s = rq->now_s,
        .at_us = rq->env->now_ns(rq->env) / 1000,
        .event_source = turn->service == NULL ? STR("unknown") : turn->service->event_source,
        .event_name = rq->op == NULL ? STR("Unknown") : rq->op->name,
        .region = rq->region,
        .source_ip = http->peer_address,
        .user_agent = turn->call.user_agent,
        .user_identity = identity_of(turn),
        .request_parameters = rq->op == NULL ? STR_NONE : view_of(turn, rq->op->in, turn->in),
        .recipient_account = rq->account_text,
        .read_only = rq->op == NULL || !rq->op->write,
        .tls_version = http->tls_version,
        .tls_cipher = http->tls_cipher,
        .evaluated = turn->evaluated,
        .evaluated_count = turn->evaluated_count,
    };
    buf line = buf_arena(rq->arena, LINE_BYTES_MAX);

    put_result(turn, &event);
    trail_print(&event, &line);
    return line.err == RC_OK ? buf_str(&line) : STR_NONE;
}
