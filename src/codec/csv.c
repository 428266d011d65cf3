#include "codec/csv.h"

struct row {
    str text;
    size_t at;
    bool last;
    struct arena *arena;
};

enum { ROW_ON = 1 }; /* a cell was taken, and another one follows */

static bool ends_here(const struct row *row)
{
    return row->at == row->text.len || row->text.ptr[row->at] == '\n';
}

/* Behind a cell: ROW_ON at a comma, RC_OK at the end of the line. */
static int take_end(struct row *row)
{
    if (row->at < row->text.len && row->text.ptr[row->at] == ',') {
        row->at++;
        return ROW_ON;
    }
    if (row->at + 1 < row->text.len && row->text.ptr[row->at] == '\r' &&
        row->text.ptr[row->at + 1] == '\n') {
        row->at++;
    } else if (row->at + 1 == row->text.len && row->text.ptr[row->at] == '\r' && row->last) {
        row->at++;
    }
    if (!ends_here(row)) {
        return row->at + 1 == row->text.len && !row->last ? RC_NOENT : RC_SYNTAX;
    }
    if (row->at == row->text.len && !row->last) {
        return RC_NOENT;
    }
    row->at += row->at < row->text.len;
    return RC_OK;
}

static enum rc undouble(struct row *row, str quoted, str *ret)
{
    char *bytes = arena_bytes(row->arena, quoted.len);
    size_t len = 0;

    if (bytes == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < quoted.len; i++) {
        bytes[len++] = quoted.ptr[i];
        i += quoted.ptr[i] == '"'; /* its twin */
    }
    *ret = str_from(bytes, len);
    return RC_OK;
}

/* At the opening quote. */
static enum rc take_quoted(struct row *row, str *ret)
{
    size_t start = ++row->at;
    bool doubled = false;

    for (;; row->at++) {
        const char *quote = memchr(row->text.ptr + row->at, '"', row->text.len - row->at);
        if (quote == NULL) {
            return row->last ? RC_SYNTAX : RC_NOENT;
        }
        row->at = (size_t)(quote - row->text.ptr) + 1;
        if (row->at == row->text.len && !row->last) {
            return RC_NOENT; /* it may be doubled */
        }
        if (row->at == row->text.len || row->text.ptr[row->at] != '"') {
            break;
        }
        doubled = true;
    }
    *ret = str_slice(row->text, start, row->at - 1 - start);
    return doubled ? undouble(row, *ret, ret) : RC_OK;
}

static str take_plain(struct row *row)
{
    size_t start = row->at, end;

    while (!ends_here(row) && row->text.ptr[row->at] != ',') {
        row->at++;
    }
    end = row->at;
    if (ends_here(row) && end > start && row->text.ptr[end - 1] == '\r') {
        row->at = --end;
    }
    return str_slice(row->text, start, end - start);
}

static int take_cell(struct row *row, str *ret)
{
    if (row->at < row->text.len && row->text.ptr[row->at] == '"') {
        TRY(take_quoted(row, ret));
    } else {
        *ret = take_plain(row);
    }
    return take_end(row);
}

static void skip_line(str *rest)
{
    str line;

    if (!take_until(rest, '\n', &line)) {
        *rest = str_skip(*rest, rest->len);
    }
}

static void skip_empty(str *rest)
{
    while (take_prefix(rest, STR("\n")) || take_prefix(rest, STR("\r\n"))) {
    }
}

enum rc csv_take_row(str *rest, bool last, struct arena *arena, str *cells, size_t cells_max,
                     size_t *ret_count)
{
    str text = *rest;
    struct row row = { .last = last, .arena = arena };
    size_t count = 0;
    int rc = ROW_ON;

    skip_empty(&text);
    if (text.len == 0) {
        *rest = text;
        return RC_NOENT;
    }
    row.text = text;
    while (rc == ROW_ON) {
        str cell;
        rc = take_cell(&row, &cell);
        if (rc == ROW_ON || rc == RC_OK) {
            if (count == cells_max) {
                rc = RC_LIMIT;
                break;
            }
            cells[count++] = cell;
        }
    }
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        *rest = text;
        skip_line(rest);
    } else if (rc == RC_OK) {
        *rest = str_skip(text, row.at);
        *ret_count = count;
    }
    return (enum rc)rc;
}
