/* Base64 (RFC 4648 section 4 and 5), base32 (section 6), hexadecimal. */
#ifndef MANTLE_CODEC_BASE64_H
#define MANTLE_CODEC_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum base64_kind { BASE64_STANDARD, BASE64_URL }; /* with padding; without */

void base64_encode(enum base64_kind kind, const void *bytes, size_t len, buf *out);
/* Strict: exact padding for STANDARD, none for URL, no white space, unused bits zero. RC_SYNTAX. */
MUST_CHECK enum rc base64_decode(enum base64_kind kind, str text, buf *out);

/* A-Z2-7; no padding, either case accepted when decoding; unused bits must be zero. */
void base32_encode(const void *bytes, size_t len, buf *out);
MUST_CHECK enum rc base32_decode(str text, buf *out);

void hex_encode(const void *bytes, size_t len, char *out); /* 2 * len lower-case, no NUL */
/* text.len must be 2 * len; either case. */
MUST_CHECK enum rc hex_decode(str text, void *out, size_t len);

#endif
