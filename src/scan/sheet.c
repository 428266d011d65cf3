#include "scan/sheet.h"

#include <stdarg.h>

enum { ADDED_MAX = 1 << 20, CONTEXT = 3 };

enum rc sheet_open(struct sheet *sheet, str text, struct arena *arena)
{
    str rest = text, line;
    size_t count = str_count(text, '\n');

    *sheet = (struct sheet){ .arena = arena, .text = text };
    sheet->open_end = text.len > 0 && text.ptr[text.len - 1] != '\n';
    count += sheet->open_end;
    if (text.len > SHEET_BYTES_MAX || count > SHEET_LINES_MAX) {
        return RC_LIMIT;
    }
    sheet->lines = NEW_ARRAY(arena, count + 1, struct sheet_line);
    if (sheet->lines == NULL) {
        return RC_NOMEM;
    }
    while (sheet->count < count && take_item(&rest, '\n', &line)) {
        struct sheet_line *l = &sheet->lines[sheet->count++];
        l->text = line;
        l->before = buf_arena(arena, ADDED_MAX);
        l->after = buf_arena(arena, ADDED_MAX);
    }
    sheet->crlf = sheet->count > 0 && str_ends(sheet->lines[0].text, STR("\r"));
    return RC_OK;
}

void sheet_drop(struct sheet *sheet, size_t line)
{
    sheet->lines[line].dropped = true;
    sheet->changed = true;
}

void sheet_replace(struct sheet *sheet, size_t line, str text)
{
    buf whole = buf_arena(sheet->arena, (size_t)SHEET_BYTES_MAX + ADDED_MAX);

    buf_add(&whole, text);
    if (sheet->crlf) {
        buf_add_char(&whole, '\r');
    }
    sheet->lines[line].replaced = buf_str(&whole);
    sheet->rc = whole.err == RC_OK ? sheet->rc : RC_NOMEM;
    sheet->changed = true;
}

PRINTF_LIKE(4, 0)
static void add(struct sheet *sheet, buf *to, size_t indent, const char *format, va_list args)
{
    str text = arena_vprintf(sheet->arena, format, args);

    for (size_t i = 0; i < indent; i++) {
        buf_add_char(to, ' ');
    }
    buf_add(to, text);
    if (sheet->crlf) {
        buf_add_char(to, '\r');
    }
    buf_add_char(to, '\n');
    sheet->rc = to->err == RC_OK && text.ptr != NULL ? sheet->rc : RC_NOMEM;
    sheet->changed = true;
}

void sheet_add_before(struct sheet *sheet, size_t line, size_t indent, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(sheet, &sheet->lines[line].before, indent, format, args);
    va_end(args);
}

void sheet_add_after(struct sheet *sheet, size_t line, size_t indent, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(sheet, &sheet->lines[line].after, indent, format, args);
    va_end(args);
}

str sheet_now(const struct sheet *sheet, size_t line)
{
    const struct sheet_line *l = &sheet->lines[line];
    str text = l->replaced.ptr != NULL ? l->replaced : l->text;

    return str_ends(text, STR("\r")) ? str_slice(text, 0, text.len - 1) : text;
}

str sheet_text(const struct sheet *sheet, size_t line)
{
    str text = sheet->lines[line].text;

    return str_ends(text, STR("\r")) ? str_slice(text, 0, text.len - 1) : text;
}

/* The last line of a file without a newline at its end keeps that, unless something follows it. */
static bool ends_open(const struct sheet *s, size_t line)
{
    return s->open_end && line + 1 == s->count;
}

str sheet_result(const struct sheet *sheet)
{
    buf out = buf_arena(sheet->arena, sheet->text.len * 2 + ADDED_MAX * 4);

    for (size_t i = 0; i < sheet->count; i++) {
        const struct sheet_line *l = &sheet->lines[i];
        buf_add(&out, buf_str(&l->before));
        if (!l->dropped) {
            buf_add(&out, l->replaced.ptr != NULL ? l->replaced : l->text);
            if (!ends_open(sheet, i) || l->after.len > 0) {
                buf_add_char(&out, '\n');
            }
        }
        buf_add(&out, buf_str(&l->after));
    }
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

/* --- the difference ------------------------------------------------------------------------------ */

struct diff {
    const struct sheet *sheet;
    void (*mask)(const void *ctx, size_t line, str text, buf *out);
    const void *ctx;
    buf *out;
};

static bool touched(const struct sheet_line *l)
{
    return l->dropped || l->replaced.ptr != NULL || l->before.len > 0 || l->after.len > 0;
}

static void put_old(const struct diff *d, char sign, size_t line)
{
    str text = d->sheet->lines[line].text;

    buf_add_char(d->out, sign);
    if (d->mask != NULL) {
        d->mask(d->ctx, line, text, d->out);
    } else {
        buf_add(d->out, text);
    }
    buf_add_char(d->out, '\n');
    if (ends_open(d->sheet, line)) {
        BUF_LIT(d->out, "\\ No newline at end of file\n");
    }
}

static void put_added(const struct diff *d, const buf *added)
{
    str rest = buf_str(added), line;

    while (take_until(&rest, '\n', &line)) {
        buf_add_char(d->out, '+');
        buf_add(d->out, line);
        buf_add_char(d->out, '\n');
    }
}

static void put_line(const struct diff *d, size_t i)
{
    const struct sheet_line *l = &d->sheet->lines[i];
    bool gains_end = ends_open(d->sheet, i) && l->after.len > 0 && !l->dropped;

    put_added(d, &l->before);
    if (l->dropped || l->replaced.ptr != NULL || gains_end) {
        put_old(d, '-', i);
        if (!l->dropped) {
            buf_add_char(d->out, '+');
            buf_add(d->out, l->replaced.ptr != NULL ? l->replaced : l->text);
            buf_add_char(d->out, '\n');
            if (ends_open(d->sheet, i) && l->after.len == 0) {
                BUF_LIT(d->out, "\\ No newline at end of file\n");
            }
        }
    } else {
        put_old(d, ' ', i);
    }
    put_added(d, &l->after);
}

/* Lines that the new text has for lines [from, to). */
static size_t new_lines(const struct sheet *s, size_t from, size_t to)
{
    size_t n = 0;

    for (size_t i = from; i < to; i++) {
        const struct sheet_line *l = &s->lines[i];
        n += str_count(buf_str(&l->before), '\n') + str_count(buf_str(&l->after), '\n') +
             !l->dropped;
    }
    return n;
}

void sheet_diff(const struct sheet *sheet, str path,
                void (*mask)(const void *ctx, size_t line, str text, buf *out), const void *ctx,
                buf *out)
{
    struct diff d = { sheet, mask, ctx, out };
    size_t i = 0, done = 0, new_done = 0;

    buf_printf(out, "--- a/%.*s\n+++ b/%.*s\n", FMT(path), FMT(path));
    while (i < sheet->count) {
        size_t from, end, last, now;
        if (!touched(&sheet->lines[i])) {
            i++;
            continue;
        }
        from = i > done + CONTEXT ? i - CONTEXT : done;
        for (last = end = i; end < sheet->count && end <= last + 2 * CONTEXT; end++) {
            last = touched(&sheet->lines[end]) ? end : last;
        }
        end = last + 1 + CONTEXT < sheet->count ? last + 1 + CONTEXT : sheet->count;
        new_done += new_lines(sheet, done, from);
        now = new_lines(sheet, from, end);
        buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", from + 1, end - from,
                   now == 0 ? new_done : new_done + 1, now);
        for (size_t at = from; at < end; at++) {
            put_line(&d, at);
        }
        new_done += now;
        done = i = end;
    }
}
