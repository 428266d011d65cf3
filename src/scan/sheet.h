/* A text as lines that can be dropped, replaced and added to; then the new text, and the difference as a
 * unified diff. What is not touched stays byte for byte. */
#ifndef MANTLE_SCAN_SHEET_H
#define MANTLE_SCAN_SHEET_H

#include "base/arena.h"
#include "base/buf.h"
#include "scan/scan.h"

struct sheet_line {
    str text;          /* without its newline; with its carriage return */
    str replaced;      /* ptr NULL: as it was */
    buf before, after; /* whole lines put there, each with its newline */
    bool dropped;
    bool key; /* sets an access key, its secret or token */
};

struct sheet {
    struct arena *arena;
    str text;
    struct sheet_line *lines;
    size_t count;
    bool open_end; /* the last line has no newline */
    bool crlf;
    bool changed;
    enum rc rc; /* sticks */
};

/* Files beyond these are not patched. */
enum { SHEET_BYTES_MAX = 4 << 20, SHEET_LINES_MAX = 20000 };

/* RC_LIMIT, RC_NOMEM. */
MUST_CHECK enum rc sheet_open(struct sheet *sheet, str text, struct arena *arena);
void sheet_drop(struct sheet *sheet, size_t line);
void sheet_replace(struct sheet *sheet, size_t line, str text);
/* A new line before or behind `line`, indented by `indent` blanks. */
void sheet_add_before(struct sheet *sheet, size_t line, size_t indent, const char *format, ...)
    PRINTF_LIKE(4, 5);
void sheet_add_after(struct sheet *sheet, size_t line, size_t indent, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* As it will be: the replacement, or the text. */
str sheet_now(const struct sheet *sheet, size_t line);
/* Without carriage return. */
str sheet_text(const struct sheet *sheet, size_t line);

str sheet_result(const struct sheet *sheet);
/* "--- a/PATH", "+++ b/PATH" and the hunks. mask (may be NULL) rewrites each line that goes away or
 * stays, for reading without secrets. */
void sheet_diff(const struct sheet *sheet, str path,
                void (*mask)(const void *ctx, size_t line, str text, buf *out), const void *ctx,
                buf *out);

#endif
