/* What a crash left behind, mended at the start. Inside trail/ only. */
#ifndef MANTLE_TRAIL_RECOVER_H
#define MANTLE_TRAIL_RECOVER_H

#include "trail/segment.h"

struct store;

/* Moves every line of the outbox that no segment holds into the newest one, and empties the outbox.
 * Done twice, or killed and done again, it does the same. *ret_seq: the newest row there was; 0:
 * none. Memory: one row, or CHUNK_BYTES of them; reading: what was written to segments since the
 * sync before the oldest row. */
MUST_CHECK enum rc trail_recover(struct segment_writer *segment, struct store *store,
                                 uint64_t *ret_seq);

#endif
