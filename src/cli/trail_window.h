/* Puts records in order of time. They are written in two ways and stand up to a tenth of a second
 * out of order in the trail, longer when the disk was slow. */
#ifndef MANTLE_CLI_TRAIL_WINDOW_H
#define MANTLE_CLI_TRAIL_WINDOW_H

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum {
    WINDOW_US = 1000000,         /* a record this much older than the newest goes out */
    WINDOW_ROWS = 1 << 16,       /* or the oldest when there are more, */
    WINDOW_BYTES_MAX = 64 << 20, /* or more bytes */
};

struct trail_window {
    void (*emit)(void *ctx, str line);
    void *ctx;
    struct window_row *rows; /* sorted, from `first` on */
    size_t first, count, cap, bytes;
    int64_t newest_us;
};

/* Takes a copy of the line and lets go what is old enough. at_us 0: not known, it goes behind what
 * has come. */
MUST_CHECK enum rc trail_window_add(struct trail_window *w, int64_t at_us, str line);
/* Lets go what happened before this. */
void trail_window_release(struct trail_window *w, int64_t before_us);
void trail_window_done(struct trail_window *w); /* drops what is held; accepts a zeroed one */

#endif
