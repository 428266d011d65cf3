#include "scan/text.h"

size_t text_line_start(str text, size_t at)
{
    size_t floor = at > TEXT_LINE_MAX ? at - TEXT_LINE_MAX : 0;
    const char *newline = memrchr(text.ptr + floor, '\n', at - floor);

    return newline == NULL ? floor : (size_t)(newline - text.ptr) + 1;
}

size_t text_line_end(str text, size_t at)
{
    size_t reach = at >= text.len                  ? 0
                   : text.len - at < TEXT_LINE_MAX ? text.len - at
                                                   : TEXT_LINE_MAX;
    const char *end = memchr(text.ptr + at, '\n', reach);

    return end == NULL ? (at < text.len ? at + reach : text.len) : (size_t)(end - text.ptr);
}

str text_line(str text, size_t at)
{
    size_t from = text_line_start(text, at), end = text_line_end(text, at);

    if (end > from && text.ptr[end - 1] == '\r') {
        end--;
    }
    return str_slice(text, from, end - from);
}

size_t text_indent(str line)
{
    size_t n = 0;

    while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t')) {
        n++;
    }
    return n;
}

/* Summed 32 bytes at a time; a lane is emptied before it can overflow. */
uint32_t text_newlines(str text, size_t from, size_t to)
{
    typedef uint8_t lanes __attribute__((vector_size(32)));
    uint32_t count = 0;

    while (to - from >= 32 && from < to) {
        size_t blocks = (to - from) / 32 < 255 ? (to - from) / 32 : 255;
        lanes sum = { 0 };
        for (size_t i = 0; i < blocks; i++, from += 32) {
            lanes here;
            memcpy(&here, text.ptr + from, sizeof(here));
            sum -= (lanes)(here == (uint8_t)'\n');
        }
        for (size_t i = 0; i < 32; i++) {
            count += sum[i];
        }
    }
    for (; from < to; from++) {
        count += text.ptr[from] == '\n';
    }
    return count;
}

/* "[section]", "[[table]]" or "---" alone on a line: what stands behind belongs to something else. */
static bool is_barrier(str line)
{
    str s = str_trim(line);

    if (text_indent(line) == 0 && str_starts(s, STR("---")) && s.len <= 4) {
        return true;
    }
    if (s.len < 3 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']') {
        return false;
    }
    for (size_t i = 1; i + 1 < s.len; i++) {
        if (!ascii_is_alnum(s.ptr[i]) && memchr("[]_-. :@/\"'", s.ptr[i], 11) == NULL) {
            return false;
        }
    }
    return s.ptr[1] != '"' && s.ptr[1] != '\'' && s.ptr[1] != ']';
}

static void walk_brackets(str text, size_t from, size_t to, struct text_distance *d)
{
    int depth = 0, low = 0;

    for (size_t i = from; i < to; i++) {
        char c = text.ptr[i];
        depth += c == '{' || c == '[' || c == '(';
        depth -= c == '}' || c == ']' || c == ')';
        low = depth < low ? depth : low;
    }
    d->ups = (unsigned)-low;
    d->downs = (unsigned)(depth - low);
}

static void walk_lines(str text, size_t from, size_t to, struct text_distance *d)
{
    size_t first = text_indent(text_line(text, from)), low = first, last = first;

    for (size_t at = text_line_end(text, from) + 1; at <= to && at < text.len;
         at = text_line_end(text, at) + 1) {
        str line = text_line(text, at);
        if (text.ptr[at - 1] != '\n') {
            continue; /* the same line still */
        }
        d->lines++;
        if (str_trim(line).len == 0) {
            continue;
        }
        d->barrier = d->barrier || is_barrier(line);
        last = text_indent(line);
        low = last < low ? last : low;
    }
    if (d->ups == 0 && low < first) {
        d->ups = low == 0 && first > 2 ? 2 : 1;
    }
    if (d->downs == 0 && last > low) {
        d->downs = 1;
    }
}

struct text_distance text_distance(str text, size_t from, size_t to)
{
    struct text_distance d = { 0 };

    if (from > to) {
        size_t swap = from;
        from = to;
        to = swap;
    }
    walk_brackets(text, from, to, &d);
    walk_lines(text, from, to, &d);
    return d;
}
