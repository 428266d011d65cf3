/* Ids of events that were seen, for telling deliveries that come twice. Fixed memory: of 200,000
 * ids or so the latest are remembered, which is enough for copies that come one near the other (files are
 * read in the order of their delivery). Any thread. */
#ifndef MANTLE_TRAILFILE_SEEN_H
#define MANTLE_TRAILFILE_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "system/huge.h"

struct seen_line;
struct seen {
    struct huge memory;
    struct seen_line *lines; /* in the memory */
    bool shared;
};

/* shared: by several threads. RC_NOMEM. */
MUST_CHECK enum rc seen_init(struct seen *seen, bool shared);
void seen_done(struct seen *seen);
/* Fetches, while the caller does something else, the memory that seen_before will look at. */
uint64_t seen_hash(const struct seen *seen, str id);
/* True when an event of that id, time and name was there; it is there afterwards. hash: of the id. Compares
 * 64 bits; what people made by hand has ids that are not unique, so time and name count. */
bool seen_before(struct seen *seen, uint64_t hash, int64_t time_s, str name);

#endif
