/* Writing text with some characters replaced, for xml.c and json_out.c. Broken UTF-8 becomes U+FFFD,
 * so that what is written is always valid. */
#ifndef MANTLE_CODEC_ESCAPE_H
#define MANTLE_CODEC_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define U_FFFD "\xEF\xBF\xBD"

enum { ESCAPE_HIGH = 0x80, ESCAPE_MARKS = 5 };

/* Entries 128 to 255 of row_of: UTF-8 is looked at, not replaced. */
#define ESCAPE_HIGH8                                                                               \
    ESCAPE_HIGH, ESCAPE_HIGH, ESCAPE_HIGH, ESCAPE_HIGH, ESCAPE_HIGH, ESCAPE_HIGH, ESCAPE_HIGH,     \
        ESCAPE_HIGH
#define ESCAPE_HIGH32 ESCAPE_HIGH8, ESCAPE_HIGH8, ESCAPE_HIGH8, ESCAPE_HIGH8
#define ESCAPE_HIGH_ROWS [128] = ESCAPE_HIGH32, ESCAPE_HIGH32, ESCAPE_HIGH32, ESCAPE_HIGH32

struct escape {
    uint8_t row_of[256]; /* per byte: 0 stands for itself, else a row of `rows`, or ESCAPE_HIGH */
    /* The bytes between ' ' and DEL that do not stand for themselves; repeated where fewer. */
    int8_t marks[ESCAPE_MARKS];
    bool no_fffe;    /* U+FFFE and U+FFFF cannot be written and become U+FFFD too */
    const str *rows; /* of at least one byte */
};

/* `before`, the text, `after`; the two are written as they are. */
void escape_add(const struct escape *escape, str before, str text, str after, buf *out);

#endif
