/* Segments: DIR/0000000001.jsonl, 0000000002.jsonl ... Append-only; only the newest is written. */
#ifndef MANTLE_TRAIL_SEGMENT_H
#define MANTLE_TRAIL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum { SEGMENT_PATH_MAX = 4096, SEGMENT_LINE_MAX = 4 << 20 };

struct segment_writer {
    char dir[SEGMENT_PATH_MAX - 32];
    uint64_t number; /* of the open segment; from 1 */
    uint64_t bytes;  /* in it, all whole lines */
    uint64_t bytes_max;
    int fd;
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
 * new segment when this one has reached bytes_max. RC_FULL, RC_IO. */
MUST_CHECK enum rc segment_append(struct segment_writer *w, str lines);
/* After RC_OK everything appended is on disk. */
MUST_CHECK enum rc segment_sync(struct segment_writer *w);

#endif
