/* The fast pass: where in a text could something stand that the finder must look at? One pass for all
 * patterns, 32 bytes at a time, so that a tree without keys costs little more than reading it. */
#ifndef MANTLE_SCAN_ANCHOR_H
#define MANTLE_SCAN_ANCHOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum anchor_kind {
    ANCHOR_ID,     /* AKIA, ASIA, ABIA or ACCA */
    ANCHOR_WIDE,   /* the same in UTF-16 or UTF-32; `phase`: bytes of a character */
    ANCHOR_DIGITS, /* the same in hexadecimal digits; `phase`: characters from pair to pair */
    ANCHOR_BASE64, /* the same in base64; `phase` says where its group of four began */
    ANCHOR_VALUE,  /* in base64, where a value starts: gzip, or that or an id in base64 again */
    ANCHOR_NAME,   /* inside "access key" or "secret", in any spelling */
};

enum { ANCHOR_REACH = 32 }; /* bytes behind an anchor that decide about it */

struct anchor {
    enum anchor_kind kind;
    size_t at;
    unsigned phase; /* ANCHOR_BASE64: 0, 2 or 3 characters before `at` begins the group */
};

/* The next anchor at or behind *at; moves *at past it. False when there is none. */
bool anchor_next(str text, size_t *at, struct anchor *ret);
/* The same as any machine does it: for tests. */
bool anchor_next_plain(str text, size_t *at, struct anchor *ret);

#endif
