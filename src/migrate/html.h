/* Writing a page of HTML that stands alone: no script, nothing from elsewhere, and nothing a stranger wrote is
 * ever read as markup. The browser is told so too: a Content-Security-Policy allows this page's own style,
 * by its hash, and nothing else, so there are no style attributes either.
 *
 * What is called `own` is a literal of our own source and is written as it is. */
#ifndef MANTLE_MIGRATE_HTML_H
#define MANTLE_MIGRATE_HTML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Up to and with <main>. */
void html_begin(buf *out, str title);
void html_end(buf *out);

/* Anybody's text: escaped. */
void html_text(buf *out, str text);
/* The same as a run of its own: what turns the direction of writing around ends with it. */
void html_theirs(buf *out, str text);
/* Formatted, then escaped. */
void html_say(buf *out, const char *format, ...) PRINTF_LIKE(2, 3);
/* <own class="class">text</own>; class may be NULL. */
void html_element(buf *out, const char *own, const char *class, str text);

/* A section with its heading; `id` for links within the page. */
void html_section(buf *out, const char *id, const char *heading);
void html_section_end(buf *out);

enum html_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* set to the right */
    COLUMN_WHOLE,  /* short words of ours, ids, dates: never broken */
};
struct html_column {
    const char *head;
    enum html_kind kind;
};
/* A table in a box that scrolls by itself. Each row: html_row, the cells in order, html_row_end; the first
 * cell is the row's heading. */
struct html_table {
    buf *out;
    const struct html_column *columns;
    size_t count, at; /* at: the column of the next cell */
};
void html_table(buf *out, str caption, const struct html_column *columns, size_t count,
                struct html_table *ret);
void html_row(struct html_table *table);
/* A cell from here to html_cell_end; the short forms do both. */
void html_cell(struct html_table *table);
void html_cell_end(struct html_table *table);
void html_cell_text(struct html_table *table, str text);
void html_cell_number(struct html_table *table, uint64_t number);
void html_cell_day(struct html_table *table, int64_t at_s); /* INT64_MIN: a dash */
void html_row_end(struct html_table *table);
void html_table_end(struct html_table *table);

/* Bars from left to right, one a row: `value` in all, of it `part` in another colour: with `alarm` that of what
 * is wrong. */
struct html_bar {
    const char *label;
    uint64_t value, part;
};
void html_bars(buf *out, const char *label, const struct html_bar *bars, size_t count, bool alarm);

#endif
