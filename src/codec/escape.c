#include "codec/escape.h"

typedef int8_t lanes __attribute__((vector_size(16)));

/* Sixteen bytes at once. Signed: what is past ASCII is below zero, and so below ' '. */
static bool plain_lanes(const struct escape *escape, const char *at)
{
    lanes text, odd;
    uint64_t halves[2];

    memcpy(&text, at, sizeof(text));
    odd = text < (int8_t)' ';
    for (size_t i = 0; i < ESCAPE_MARKS; i++) {
        odd |= text == escape->marks[i];
    }
    memcpy(halves, &odd, sizeof(odd));
    return (halves[0] | halves[1]) == 0;
}

static bool plain_text(const struct escape *escape, str text)
{
    if (text.len < sizeof(lanes)) {
        return false; /* not found out here */
    }
    for (size_t i = 0; i < text.len - sizeof(lanes); i += sizeof(lanes)) {
        if (!plain_lanes(escape, text.ptr + i)) {
            return false;
        }
    }
    return plain_lanes(escape, text.ptr + text.len - sizeof(lanes));
}

/* Which rows the text needs, one bit mask for all: 0 means that it can be copied as it is. No branch
 * per byte: nearly all text is plain. */
static uint8_t needs(const struct escape *escape, str text)
{
    uint8_t all = 0;

    if (plain_text(escape, text)) {
        return 0;
    }
    for (size_t i = 0; i < text.len; i++) {
        all |= escape->row_of[(uint8_t)text.ptr[i]];
    }
    return all;
}

static char *put(char *at, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        *at++ = text.ptr[i];
    }
    return at;
}

static void add_plain(str before, str text, str after, buf *out)
{
    char *at = buf_reserve(out, before.len + text.len + after.len);

    if (at == NULL) {
        return;
    }
    at = put(at, before);
    if (text.len > 0) {
        memcpy(at, text.ptr, text.len);
    }
    (void)put(at + text.len, after);
    out->len += before.len + text.len + after.len;
}

/* ASCII only: the size is known before writing. */
static void add_ascii(const struct escape *escape, str text, buf *out)
{
    size_t size = 0;
    char *at;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t row = escape->row_of[(uint8_t)text.ptr[i]];
        size += row == 0 ? 1 : escape->rows[row].len;
    }
    at = buf_reserve(out, size);
    for (size_t i = 0; at != NULL && i < text.len; i++) {
        uint8_t row = escape->row_of[(uint8_t)text.ptr[i]];
        if (row == 0) {
            *at++ = text.ptr[i];
        } else {
            at = put(at, escape->rows[row]);
        }
    }
    out->len += at == NULL ? 0 : size;
}

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

/* Copies in runs between what must be replaced. */
static void add_any(const struct escape *escape, str text, buf *out)
{
    const char *run = text.ptr;
    str rest = text;

    while (rest.len > 0) {
        uint8_t row = escape->row_of[(uint8_t)rest.ptr[0]];
        const char *here = rest.ptr;
        str instead = STR(U_FFFD);

        if (row == ESCAPE_HIGH) {
            if (take_high(escape, &rest)) {
                continue;
            }
        } else {
            rest.ptr++;
            rest.len--;
            if (row == 0) {
                continue;
            }
            instead = escape->rows[row];
        }
        buf_add(out, str_from(run, (size_t)(here - run)));
        buf_add(out, instead);
        run = rest.ptr;
    }
    buf_add(out, str_from(run, (size_t)(rest.ptr - run)));
}

void escape_add(const struct escape *escape, str before, str text, str after, buf *out)
{
    uint8_t need = needs(escape, text);

    if (LIKELY(need == 0)) {
        add_plain(before, text, after, out);
        return;
    }
    buf_add(out, before);
    if (need & ESCAPE_HIGH) {
        add_any(escape, text, out);
    } else {
        add_ascii(escape, text, out);
    }
    buf_add(out, after);
}
