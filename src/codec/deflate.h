/* Reading deflate (RFC 1951) where the length is known beforehand and small: no window, no stream. What
 * is packed with zlib for a session token is unpacked with this, also where there is no zlib. */
#ifndef MANTLE_CODEC_DEFLATE_H
#define MANTLE_CODEC_DEFLATE_H

#include <stddef.h>

#include "base/rc.h"
#include "base/str.h"

/* Raw deflate, packed against a dictionary that stands as if before the text. RC_SYNTAX unless packed,
 * to its last byte, is one stream of exactly len bytes. */
MUST_CHECK enum rc deflate_decode(str packed, str dictionary, char *out, size_t len);

#endif
