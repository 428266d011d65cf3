/* From the text of one record to a struct trail_event, by tables of what a record can hold. */
#ifndef MANTLE_TRAILFILE_RECORD_H
#define MANTLE_TRAILFILE_RECORD_H

#include "trailfile/scan.h"

enum { SHAPES = 5, SHAPE_ROWS_MAX = 40, KEY_LEN_MAX = 32 };

/* What the reader of one thread remembers from record to record. Members come in much the same order
 * each time: the row that followed last time is tried first. */
struct record_memo {
    struct {
        uint8_t next[SHAPE_ROWS_MAX];   /* behind row i - 1 */
        uint8_t start[KEY_LEN_MAX + 1]; /* first row whose name is that long */
    } shapes[SHAPES];
    struct record_key { /* a row's name as numbers, for comparing without calls */
        uint64_t first, mask, middle, last; /* mask: the bytes of `first` that count */
        size_t len;
    } keys[SHAPES][SHAPE_ROWS_MAX];
    bool plain;   /* for tests: never the fast way through members, which must come to the same */
    char day[10]; /* the last date seen, and its first second */
    int64_t day_s;
    /* Told of eventID as soon as it is met, long before the record is handed on; may be NULL. What it
     * answers goes along with the event. */
    uint64_t (*on_id)(void *context, str id);
    void *on_id_context;
};
void record_memo_init(struct record_memo *memo);

/* What else an object can be that stands where a record is expected. */
struct record_wrapping {
    str inner; /* "CloudTrailEvent": a record as a string, between its quotes, escapes unresolved */
};

/* Reads the object at s->at (a '{'); s is behind it afterwards. Strings keep their escapes: see
 * record_unescape. False with s->reason set. event->path, offset and arena are the caller's. */
bool record_read(struct scan *s, struct record_memo *memo, struct trail_event *event,
                 struct record_wrapping *wrapping);
/* Resolves the escapes of the texts; needed when the record holds a backslash. RC_SYNTAX, RC_NOMEM. */
MUST_CHECK enum rc record_unescape(struct trail_event *event);
bool record_has_escapes(const struct trail_event *event);
/* Whether the whole record is UTF-8, as JSON has to be; costs nothing where all is ASCII. */
bool record_is_utf8(const struct trail_event *event);

#endif
