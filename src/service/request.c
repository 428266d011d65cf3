#include "service/request.h"

#include <stdarg.h>

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
