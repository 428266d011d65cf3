#include "service/request.h"

#include <stdarg.h>

#include "policy/policy.h"
#include "system/log.h"

enum rc api_fail(struct rq *rq, enum api_error_id error, const char *format, ...)
{
    va_list args;

    if (rq->failed) {
        return RC_API;
    }
    va_start(args, format);
    rq->error_message = arena_vprintf(rq->arena, format, args);
    va_end(args);
    if (rq->error_message.ptr == NULL) {
        rq->error_message = STR(""); /* the code alone still says what went wrong */
    }
    rq->error = error;
    rq->failed = true;
    return RC_API;
}

enum rc api_fail_policy(struct rq *rq, const struct policy_refusal *refusal)
{
    if (!rq->failed && refusal->detail.ptr != NULL) {
        rq->error_detail = arena_printf(rq->arena, "line %u, column %u: %.*s", refusal->line,
                                        refusal->column, FMT(refusal->detail));
    }
    return api_fail(rq, ERR_MalformedPolicyDocument, "%.*s", FMT(refusal->message));
}

void rq_trouble(struct rq *rq, const char *event, str why)
{
    const char *text = arena_printf(rq->arena, "%.*s", FMT(why)).ptr;

    rq->error_detail = why;
    log_event(LOG_LEVEL_WARN, event, "operation", rq->op->name.ptr, "why",
              text == NULL ? "no memory" : text, NULL);
}
