#include "cli/trail_window.h"

struct window_row {
    int64_t at_us;
    char *ptr;
    size_t len;
};

static void emit_first(struct trail_window *w)
{
    struct window_row row = w->rows[w->first++];

    w->count--;
    w->bytes -= row.len;
    w->emit(w->ctx, str_from(row.ptr, row.len));
    alloc_free(&heap, row.ptr, row.len);
}

/* Room for one more behind the last. */
static enum rc make_room(struct trail_window *w)
{
    size_t cap = w->cap == 0 ? 256 : w->cap * 2;
    struct window_row *rows;

    if (w->first + w->count < w->cap) {
        return RC_OK;
    }
    if (w->first > w->cap / 2) {
        memmove(w->rows, w->rows + w->first, w->count * sizeof(*w->rows));
        w->first = 0;
        return RC_OK;
    }
    rows = heap.resize(&heap, w->rows, w->cap * sizeof(*rows), cap * sizeof(*rows));
    if (rows == NULL) {
        return RC_NOMEM;
    }
    w->rows = rows;
    w->cap = cap;
    return RC_OK;
}

/* From behind: nearly all come in order. Of the same time, the one that came first stays first. */
static void insert(struct trail_window *w, struct window_row row)
{
    size_t at = w->first + w->count;

    while (at > w->first && w->rows[at - 1].at_us > row.at_us) {
        w->rows[at] = w->rows[at - 1];
        at--;
    }
    w->rows[at] = row;
    w->count++;
    w->bytes += row.len;
}

enum rc trail_window_add(struct trail_window *w, int64_t at_us, str line)
{
    struct window_row row = { .len = line.len };

    if (at_us == 0) {
        at_us = w->newest_us;
    }
    row.at_us = at_us;
    TRY(make_room(w));
    row.ptr = alloc_new(&heap, line.len);
    if (row.ptr == NULL) {
        return RC_NOMEM;
    }
    memcpy(row.ptr, line.ptr, line.len);
    insert(w, row);
    w->newest_us = at_us > w->newest_us ? at_us : w->newest_us;
    trail_window_release(w, w->newest_us - WINDOW_US);
    while (w->count > WINDOW_ROWS || w->bytes > WINDOW_BYTES_MAX) {
        emit_first(w);
    }
    return RC_OK;
}

void trail_window_release(struct trail_window *w, int64_t before_us)
{
    while (w->count > 0 && w->rows[w->first].at_us < before_us) {
        emit_first(w);
    }
}

void trail_window_done(struct trail_window *w)
{
    for (size_t i = 0; i < w->count; i++) {
        alloc_free(&heap, w->rows[w->first + i].ptr, w->rows[w->first + i].len);
    }
    alloc_free(&heap, w->rows, w->cap * sizeof(*w->rows));
    *w = (struct trail_window){ .emit = NULL };
}
