/* The chunked transfer coding (RFC 9112, section 7.1), read strictly: every line ends in CR LF, a
 * size is 1 to 16 hexadecimal digits and nothing else before ';' or CR. Extensions and trailers are
 * checked, bounded and dropped. */
#ifndef MANTLE_NET_CHUNKED_H
#define MANTLE_NET_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum chunked_state {
    CHUNKED_SIZE,
    CHUNKED_EXTENSION,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA,
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_LINE, /* first byte of a trailer line or of the empty last one */
    CHUNKED_TRAILER_NAME,
    CHUNKED_TRAILER_VALUE,
    CHUNKED_TRAILER_LF,
    CHUNKED_LAST_LF,
    CHUNKED_DONE,
};

enum { CHUNKED_EXTRA_BYTES_MAX = 8192 }; /* extensions and trailers of one body together */

struct chunked {
    enum chunked_state state;
    uint64_t left; /* of this chunk's size, then of its data */
    unsigned digits;
    size_t extra_bytes;
};

/* Zeroed is the start. Takes bytes from *in until data or the end stands there; *ret_data is the
 * data taken (may be empty while *in still holds bytes: call again until *in is empty or state is
 * CHUNKED_DONE). RC_SYNTAX; RC_LIMIT for too many extra bytes. */
MUST_CHECK enum rc chunked_take(struct chunked *chunked, str *in, str *ret_data);

#endif
