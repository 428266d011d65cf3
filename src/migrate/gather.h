/* Reads a trail into books: the one pass over it. */
#ifndef MANTLE_MIGRATE_GATHER_H
#define MANTLE_MIGRATE_GATHER_H

#include "migrate/books.h"
#include "trailfile/trailfile.h"

struct gather_options {
    struct trail_options trail;
    uint64_t seed; /* random; what comes out does not depend on it */
    int64_t now_s;
};

/* RC_NOMEM. books_done(ret) after any result. */
MUST_CHECK enum rc gather(const struct trail_list *list, const struct gather_options *options,
                          struct trail_problems *problems, struct books *ret,
                          struct trail_counts *ret_counts);

#endif
