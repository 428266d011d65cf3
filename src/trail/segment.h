/* Segments: DIR/0000000001.jsonl, 0000000002.jsonl ... Append-only; only the newest is written. */
#ifndef MANTLE_TRAIL_SEGMENT_H
#define MANTLE_TRAIL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum { SEGMENT_PATH_MAX = 4096, SEGMENT_LINE_MAX = 4 << 20 };

struct segment_position {
    uint64_t number; /* of the segment; 0: before all */
    uint64_t bytes;
};

struct segment_writer {
    char dir[SEGMENT_PATH_MAX - 32];
    uint64_t number; /* of the open segment; from 1 */
    uint64_t bytes;  /* in it, all whole lines */
    uint64_t synced; /* of them, surely on disk */
    uint64_t bytes_max;
    int fd;
    buf unsynced;  /* a copy of the bytes behind `synced` */
    bool doubtful; /* a sync failed: those bytes may be gone, whatever a later sync says */
};

/* Path of segment `number` in dir; RC_LIMIT when dir is too long. */
MUST_CHECK enum rc segment_path(const char *dir, uint64_t number, char *ret_path, size_t size);
/* Lowest and highest number present; both 0 when there is none. */
MUST_CHECK enum rc segment_range(const char *dir, uint64_t *ret_first, uint64_t *ret_last);

/* Opens the newest segment, or the first; cuts off what a crash left behind the last newline. */
MUST_CHECK enum rc segment_writer_open(struct segment_writer *w, const char *dir,
                                       uint64_t bytes_max);
void segment_writer_close(struct segment_writer *w);

/* Appends whole lines, all or nothing: what a failed write left behind is cut off again. Starts a
 * new segment when this one has reached bytes_max. RC_FULL, RC_IO, RC_NOMEM. */
MUST_CHECK enum rc segment_append(struct segment_writer *w, str lines);
/* After RC_OK everything appended is on disk. After a failure the kernel may have dropped what it
 * could not write and call the pages clean: so the next call first writes the bytes again. */
MUST_CHECK enum rc segment_sync(struct segment_writer *w);
/* Writes again what is read from `from` to the end, for a start after a crash: a sync that failed
 * in a process that is gone leaves the same doubt. Then segment_sync. */
MUST_CHECK enum rc segment_redo(struct segment_writer *w, uint64_t from);

#endif
