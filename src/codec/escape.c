#include "codec/escape.h"

/* Steps over one character past ASCII; false when it must be replaced. A broken sequence loses one
 * byte, so that whatever follows it is judged by itself. */
static bool take_high(const struct escape *escape, str *rest)
{
    uint32_t code;

    if (!take_utf8(rest, &code)) {
        *rest = str_skip(*rest, 1);
        return false;
    }
    return !escape->no_fffe || (code != 0xFFFE && code != 0xFFFF);
}

void escape_add(const struct escape *escape, str text, buf *out)
{
    const char *run = text.ptr;
    str rest = text;

    while (rest.len > 0) {
        unsigned char c = (unsigned char)rest.ptr[0];
        const char *here = rest.ptr;
        str instead;

        if (c < 128) {
            rest.ptr++;
            rest.len--;
            if (LIKELY(escape->row_of[c] == 0)) {
                continue;
            }
            instead = escape->rows[escape->row_of[c]];
        } else {
            if (take_high(escape, &rest)) {
                continue;
            }
            instead = STR(U_FFFD);
        }
        buf_add(out, str_from(run, (size_t)(here - run)));
        buf_add(out, instead);
        run = rest.ptr;
    }
    buf_add(out, str_from(run, (size_t)(rest.ptr - run)));
}
