#include "base/rc.h"

static const char *const names[] = {
    [-RC_OK] = "ok",
    [-RC_NOMEM] = "out of memory",
    [-RC_SYNTAX] = "syntax error",
    [-RC_LIMIT] = "limit exceeded",
    [-RC_NOENT] = "does not exist",
    [-RC_EXISTS] = "exists already",
    [-RC_DENIED] = "denied",
    [-RC_EXPIRED] = "expired",
    [-RC_IO] = "input/output error",
    [-RC_FULL] = "no space left",
    [-RC_BUSY] = "busy",
    [-RC_CONFLICT] = "conflict",
    [-RC_CORRUPT] = "corrupt data",
    [-RC_UNSUPPORTED] = "not supported",
    [-RC_API] = "request refused",
};

const char *rc_name(enum rc rc)
{
    if (rc > RC_OK || rc <= -(int)COUNT_OF(names)) { /* before it is negated: INT_MIN cannot be */
        return "unknown error";
    }
    return names[-rc];
}
