/* Writing text with some characters replaced, for xml.c and json_out.c: plain bytes are copied in
 * runs, broken UTF-8 becomes U+FFFD. */
#ifndef MANTLE_CODEC_ESCAPE_H
#define MANTLE_CODEC_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define U_FFFD "\xEF\xBF\xBD"

struct escape {
    uint8_t row_of[128]; /* per ASCII character: 0 stands for itself, else a row of `rows` */
    bool no_fffe;        /* U+FFFE and U+FFFF cannot be written and become U+FFFD too */
    const str *rows;
};

void escape_add(const struct escape *escape, str text, buf *out);

#endif
