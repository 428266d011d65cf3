/* Result codes: what the program needs to know about a failure. What a user reads is said
 * elsewhere, once, by the code that decides what the failure means to him. */
#ifndef MANTLE_BASE_RC_H
#define MANTLE_BASE_RC_H

#include "base/macros.h"

enum rc {
    RC_OK = 0,
    RC_NOMEM = -1,        /* an allocation failed, or an arena or buffer reached its max */
    RC_SYNTAX = -2,       /* bytes from outside do not follow their grammar */
    RC_LIMIT = -3,        /* a declared limit was passed (size, depth, count, quota) */
    RC_NOENT = -4,        /* the thing named does not exist */
    RC_EXISTS = -5,       /* the thing named exists already */
    RC_DENIED = -6,       /* not permitted, or not authentic */
    RC_EXPIRED = -7,      /* was valid once */
    RC_IO = -8,           /* the operating system said no; errno may say more */
    RC_FULL = -9,         /* no room: disk, queue */
    RC_BUSY = -10,        /* try again later */
    RC_CONFLICT = -11,    /* the state of something else forbids it */
    RC_CORRUPT = -12,     /* stored bytes are not what was stored */
    RC_UNSUPPORTED = -13, /* known, named, and not built */
    RC_API = -14,         /* api_fail() has filled the answer of the request */
};

/* A short English word for logs: "no memory", "syntax". Never NULL. */
const char *rc_name(enum rc rc);

#endif
