/* A row of the outbox says how far the segments were synced when it was written: its lines can stand
 * behind that position only, and nothing before it can be lost. So rows are taken in portions, the
 * segments are read from the first row's position to where they ended at the start, and what was
 * not met is appended. Killed in between, the next start meets what this one appended. */
#include "trail/recover.h"

#include "base/table.h"
#include "store/queries.h"
#include "store/store.h"
#include "trail/reader.h"

enum { CHUNK_BYTES = 4 << 20, ROW_BYTES_MAX = 64 << 20 };

struct lines { /* of one row */
    str text;
    struct lines *next;
};

struct recovery {
    struct segment_writer *segment;
    struct segment_position end; /* of the segments when the start began */
    bool redone;
    uint64_t last_seq;

    /* Of one portion: */
    struct arena arena;
    struct lines *first, **last_next;
    struct segment_position from;
    struct table unmet; /* lines not found in the segments yet */
    buf missing;
};

static enum rc take_row(struct recovery *r, const struct q_outbox_list_row *row)
{
    struct lines *lines = NEW(&r->arena, struct lines);
    str rest = row->lines, line;

    if (lines == NULL) {
        return RC_NOMEM;
    }
    if (r->first == NULL) {
        r->from = (struct segment_position){ (uint64_t)row->segment, (uint64_t)row->bytes };
    }
    lines->text = row->lines;
    *r->last_next = lines;
    r->last_next = &lines->next;
    r->last_seq = (uint64_t)row->seq;
    while (take_item(&rest, '\n', &line)) {
        TRY(table_set(&r->unmet, line, lines, NULL));
    }
    return RC_OK;
}

static enum rc take_portion(struct recovery *r, struct txn *txn)
{
    size_t bytes = 0, count = 1;

    arena_reset(&r->arena);
    table_clear(&r->unmet);
    buf_clear(&r->missing);
    r->first = NULL;
    r->last_next = &r->first;
    while (count > 0 && bytes < CHUNK_BYTES) {
        struct q_outbox_list_row *rows;
        TRY(q_outbox_list(txn, (int64_t)r->last_seq, 1, &r->arena, &rows, &count));
        if (count > 0) {
            bytes += rows[0].lines.len;
            TRY(take_row(r, &rows[0]));
        }
    }
    return RC_OK;
}

static enum rc strike_met(struct recovery *r)
{
    struct trail_reader *reader = NULL;
    struct arena scratch;
    str line, why;
    enum rc rc;

    arena_init(&scratch, &heap, 4096, 65536);
    rc = trail_reader_open(r->segment->dir, &scratch, &reader, &why);
    if (rc == RC_OK) {
        rc = trail_reader_seek(reader, r->from);
    }
    while (rc == RC_OK && r->unmet.count > 0) {
        rc = trail_reader_next(reader, &line);
        if (rc == RC_OK && trail_reader_past(reader, r->end)) {
            break;
        }
        if (rc == RC_OK) {
            (void)table_remove(&r->unmet, line);
        }
    }
    trail_reader_close(reader);
    arena_done(&scratch);
    return rc == RC_NOENT ? RC_OK : rc;
}

static enum rc append_missing(struct recovery *r)
{
    for (const struct lines *lines = r->first; lines != NULL; lines = lines->next) {
        str rest = lines->text, line;
        while (take_item(&rest, '\n', &line)) {
            if (table_get(&r->unmet, line) != NULL) {
                buf_add(&r->missing, line);
                buf_add_char(&r->missing, '\n');
            }
        }
    }
    TRY(r->missing.err);
    return r->missing.len == 0 ? RC_OK : segment_append(r->segment, buf_str(&r->missing));
}

static enum rc recover_portion(struct txn *txn, void *arg)
{
    struct recovery *r = arg;

    TRY(take_portion(r, txn));
    if (r->first == NULL) {
        return RC_OK;
    }
    TRY(strike_met(r));
    if (!r->redone) { /* older segments were synced when they were full */
        TRY(segment_redo(r->segment, r->from.number == r->end.number ? r->from.bytes : 0));
        r->redone = true;
    }
    TRY(append_missing(r));
    TRY(segment_sync(r->segment));
    return q_outbox_delete(txn, (int64_t)r->last_seq);
}

enum rc trail_recover(struct segment_writer *segment, struct store *store, uint64_t *ret_seq)
{
    static const uint8_t hash_key[16] = { 0 }; /* our own lines, not a stranger's keys */
    struct recovery r = { .segment = segment,
                          .end = { segment->number, segment->bytes },
                          .missing = buf_heap(ROW_BYTES_MAX) };
    enum rc rc;

    table_init(&r.unmet, &heap, hash_key);
    arena_init(&r.arena, &heap, 65536, (size_t)ROW_BYTES_MAX * 2);
    do {
        rc = store_write(store, recover_portion, &r);
    } while (rc == RC_OK && r.first != NULL);
    buf_done(&r.missing);
    table_done(&r.unmet);
    arena_done(&r.arena);
    if (rc == RC_OK) {
        *ret_seq = r.last_seq;
    }
    return rc;
}
