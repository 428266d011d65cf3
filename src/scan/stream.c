/* One stream of bytes, window by window: small files whole, large ones in pieces that overlap, so that a
 * key at the edge of a piece is seen with what stands around it. */
#include <stdio.h>

#include "scan/anchor.h"
#include "scan/inside.h"
#include "scan/text.h"

enum {
    WINDOW_FIRST =
        256 << 10, /* stays in a core's cache: most text is read, seen to be empty, dropped */
    WINDOW_MAX = 16 << 20, /* what is looked at as one text at most */
    KEEP = 16 << 10,       /* of a piece without anything: what the next one may refer back to */
    OVERLAP = 64 << 10,
    ARENA_MAX = 1 << 30,
};

enum rc scan_worker_init(struct scan_worker *worker, const struct scan_options *options,
                         struct scan_report *report)
{
    *worker = (struct scan_worker){ .options = options, .report = report };
    arena_init(&worker->arena, &heap, 1 << 16, ARENA_MAX);
    worker->window = alloc_new(&heap, WINDOW_FIRST);
    worker->window_cap = WINDOW_FIRST;
    return worker->window == NULL ? RC_NOMEM : RC_OK;
}

void scan_worker_done(struct scan_worker *worker)
{
    alloc_free(&heap, worker->window, worker->window_cap);
    arena_done(&worker->arena);
}

struct stream {
    struct scan_worker *worker;
    const struct scan_place *place;
    struct scan_reader *reader;
    char *window;
    size_t len, cap;
    size_t skip;         /* bytes at the start whose findings were listed with the window before */
    uint64_t base;       /* bytes dropped before the window */
    uint32_t lines;      /* newlines in them */
    uint64_t line_start; /* where the line begins in which the window begins */
    bool uncounted;      /* they were not counted: they can be read again if that ever matters */
    bool hot;            /* something in the window needs a closer look */
};

static void count_block(struct stream *s, str block, uint64_t at)
{
    const char *last = memrchr(block.ptr, '\n', block.len);

    s->lines += text_newlines(block, 0, block.len);
    s->line_start = last == NULL ? s->line_start : at + (uint64_t)(last - block.ptr) + 1;
}

/* Newlines in what was dropped without counting them; the reader stands where it stood afterwards. */
static enum rc count_lines(struct stream *s)
{
    char *block = alloc_new(&heap, WINDOW_FIRST);
    uint64_t left = s->base;
    ssize_t n = block == NULL || s->reader->seek(s->reader, 0, SEEK_SET) != 0 ? -1 : 0;

    while (n >= 0 && left > 0) {
        n = s->reader->read(s->reader, block, left < WINDOW_FIRST ? (size_t)left : WINDOW_FIRST);
        if (n <= 0) {
            break; /* it became shorter meanwhile: line numbers are those of what is there */
        }
        count_block(s, str_from(block, (size_t)n), s->base - left);
        left -= (uint64_t)n;
    }
    alloc_free(&heap, block, WINDOW_FIRST);
    s->uncounted = false;
    (void)s->reader->seek(s->reader, (int64_t)s->reader->at, SEEK_SET);
    return block == NULL ? RC_NOMEM : RC_OK;
}

/* --- a window ------------------------------------------------------------------------------------ */

/* From the window to the stream as a whole. */
static void place_hit(const struct stream *s, struct find_hit *hit)
{
    uint32_t before = (uint32_t)(s->base - s->line_start);

    hit->column += hit->line == 1 ? before : 0;
    hit->line += s->lines;
    if (hit->secret.len > 0) {
        hit->secret.column += hit->secret.line == 1 ? before : 0;
        hit->secret.line += s->lines;
    }
}

static enum rc list(struct stream *s, bool last)
{
    size_t end = last ? s->len : s->len - OVERLAP / 2, kept = 0;
    struct find_result found;
    str text = str_from(s->window, s->len);
    const struct place *kind = NULL;
    bool code = place_is_plain_code(s->place->path);

    arena_reset(&s->worker->arena);
    TRY(find_text(text, s->worker->options->known, &s->worker->arena, &found));
    for (size_t i = 0; i < found.count; i++) {
        struct find_hit *hit = &found.hits[i];
        if (hit->what == FIND_REFERENCE && code) {
            continue;
        }
        if (hit->at < s->skip || hit->at >= end) {
            continue;
        }
        kind = kind == NULL ? place_of(s->place->path, text) : kind;
        if (hit->what == FIND_REFERENCE && !kind->references) {
            continue;
        }
        if (s->uncounted) {
            TRY(count_lines(s));
        }
        place_hit(s, hit);
        found.hits[kept++] = *hit;
    }
    if (kept == 0) {
        return RC_OK;
    }
    if (s->place->source == SCAN_FILE && last && s->base == 0) {
        TRY(scan_report_blob(s->worker->report, text));
    }
    return scan_report_add(s->worker->report, s->place, kind, found.hits, kept);
}

static void drop(struct stream *s, size_t keep)
{
    size_t gone = s->len - keep;

    if (s->reader->seek != NULL && (s->uncounted || s->base == 0)) {
        s->uncounted = true;
    } else {
        count_block(s, str_from(s->window, gone), s->base);
    }
    s->base += gone;
    memmove(s->window, s->window + gone, keep);
    s->len = keep;
    s->hot = false;
}

/* The window is full: grow it, or let go of its beginning. */
static enum rc turn(struct stream *s)
{
    if (!s->hot) {
        s->skip = s->skip > s->len - KEEP ? s->skip - (s->len - KEEP) : 0;
        drop(s, KEEP);
        return RC_OK;
    }
    if (s->cap < WINDOW_MAX) {
        size_t cap = s->cap * 4;
        char *bigger = heap.resize(&heap, s->window, s->cap, cap);
        if (bigger == NULL) {
            return RC_NOMEM;
        }
        s->window = bigger;
        s->cap = cap;
        return RC_OK;
    }
    TRY(list(s, false));
    drop(s, OVERLAP);
    s->skip = OVERLAP - OVERLAP / 2;
    s->hot = find_worth(str_from(s->window, s->len));
    return RC_OK;
}

/* --- the stream ---------------------------------------------------------------------------------- */

static enum rc failed(struct stream *s)
{
    return scan_report_unseen(s->worker->report, s->place->path,
                              s->reader->why == NULL ? "cannot be read" : s->reader->why,
                              s->reader->at, true);
}

static enum rc read_on(struct stream *s)
{
    for (;;) {
        size_t before = s->len;
        ssize_t n = s->reader->read(s->reader, s->window + s->len, s->cap - s->len);
        if (n < 0) {
            TRY(failed(s));
        }
        if (n <= 0) {
            break;
        }
        s->len += (size_t)n;
        s->reader->at += (uint64_t)n;
        atomic_fetch_add_explicit(&s->worker->report->bytes, (uint64_t)n, memory_order_relaxed);
        if (before == 0 && s->base == 0 &&
            scan_is_archive(str_from(s->window, s->len), s->place->path) &&
            !s->worker->options->no_archives) {
            bool opened;
            TRY(scan_archive(s->worker, s->place, s->reader, str_from(s->window, s->len), &opened));
            if (opened) {
                return RC_OK;
            }
            s->hot = find_worth(str_from(s->window, s->len)); /* it only began like one */
            break;
        }
        if (!s->hot) {
            size_t from = before > ANCHOR_REACH ? before - ANCHOR_REACH : 0;
            s->hot = find_worth(str_from(s->window + from, s->len - from));
        }
        if (s->reader->ended && s->len < s->cap) {
            break;
        }
        if (s->len == s->cap) {
            TRY(turn(s));
        }
    }
    return s->hot ? list(s, true) : RC_OK;
}

enum rc scan_stream(struct scan_worker *worker, const struct scan_place *place,
                    struct scan_reader *reader)
{
    /* The worker's window is taken for as long as this lasts: an entry of an archive has its own. */
    struct stream s = { .worker = worker,
                        .place = place,
                        .reader = reader,
                        .window = worker->window,
                        .cap = worker->window_cap };
    enum rc rc;

    worker->window = NULL;
    if (s.window == NULL) {
        s.window = alloc_new(&heap, WINDOW_FIRST);
        s.cap = WINDOW_FIRST;
        if (s.window == NULL) {
            return RC_NOMEM;
        }
    }
    rc = read_on(&s);
    if (worker->window == NULL && s.cap == WINDOW_FIRST) {
        worker->window = s.window;
        worker->window_cap = s.cap;
    } else {
        alloc_free(&heap, s.window, s.cap);
    }
    return rc;
}
