/* application/x-www-form-urlencoded, and percent-encoding (RFC 3986). */
#ifndef MANTLE_CODEC_FORM_H
#define MANTLE_CODEC_FORM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

struct form_pair { /* decoded; in the arena, or a view of the input where nothing was encoded */
    str name, value;
};
struct form {
    struct form_pair *pairs; /* in the order sent */
    size_t count;
};

/* '+' is a space, %XX a byte. RC_SYNTAX: a broken escape, or a name that comes twice (two readers
 * could take two values); RC_LIMIT: more than pairs_max. Empty input is an empty form; a pair
 * without '=' has an empty value; an empty name is RC_SYNTAX; empty pairs ("a=1&&b=2") are skipped. */
MUST_CHECK enum rc form_parse(str text, size_t pairs_max, struct arena *arena, struct form *ret);
/* The value, absent if there is none. Linear in count. */
str form_get(const struct form *form, str name);

/* Percent-encodes everything but A-Z a-z 0-9 - . _ ~ and, if keep_slash, '/'. This is AWS's
 * UriEncode and the encoding of policy documents in IAM's answers. */
void uri_encode(str text, bool keep_slash, buf *out);
/* %XX only ('+' stays). RC_SYNTAX on a broken escape. Returns the input itself when nothing is
 * encoded, else a copy in the arena. */
MUST_CHECK enum rc uri_decode(str text, struct arena *arena, str *ret);

#endif
