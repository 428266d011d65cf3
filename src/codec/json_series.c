#include "codec/json.h"

/* stops: what may stand behind the value. */
static enum rc take_before(str *rest, str stops, const struct json_limits *limits,
                           struct arena *arena, struct json **ret, struct json_error *reterr_at)
{
    enum rc rc = json_parse(*rest, limits, arena, ret, reterr_at);

    if (rc == RC_SYNTAX && reterr_at->offset > 0 && reterr_at->offset < rest->len &&
        memchr(stops.ptr, rest->ptr[reterr_at->offset], stops.len) != NULL) {
        struct json_error again;
        str first = str_slice(*rest, 0, reterr_at->offset);
        if (json_parse(first, limits, arena, ret, &again) == RC_OK) {
            *rest = str_skip(*rest, first.len);
            return RC_OK;
        }
    }
    TRY(rc);
    *rest = str_skip(*rest, rest->len);
    return RC_OK;
}

enum rc json_take_value(str *rest, const struct json_limits *limits, struct arena *arena,
                        struct json **ret, struct json_error *reterr_at)
{
    return take_before(rest, STR("{["), limits, arena, ret, reterr_at);
}

enum rc json_take_item(str *rest, const struct json_limits *limits, struct arena *arena,
                       struct json **ret, struct json_error *reterr_at)
{
    return take_before(rest, STR(",]"), limits, arena, ret, reterr_at);
}
