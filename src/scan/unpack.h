/* Archives and packed files, with bounds: what a few bytes can unpack to is limited, and so is how deep
 * archives may stand in archives. */
#ifndef MANTLE_SCAN_UNPACK_H
#define MANTLE_SCAN_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum {
    UNPACK_LAYER_MAX = 32 << 20, /* bytes out of one packed value inside a text */
    UNPACK_DEPTH_MAX = 8,        /* archives in archives */
};

/* A gzip stream in memory, all its members, into out, as far as out->max and the bytes allow: RC_LIMIT, RC_SYNTAX (damaged;
 * what came before stands in out), RC_NOMEM. */
MUST_CHECK enum rc unpack_gzip(str packed, buf *out);

#endif
