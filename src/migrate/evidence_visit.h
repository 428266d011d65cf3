/* What one thread knows while it reads a trail. */
#ifndef MANTLE_MIGRATE_EVIDENCE_VISIT_H
#define MANTLE_MIGRATE_EVIDENCE_VISIT_H

#include "migrate/evidence_parts.h"

struct known_event {
    str name; /* "s3.amazonaws.com:GetObject" */
    struct map_answer answer;
};

struct visit { /* of one thread */
    struct evidence evidence;
    struct books books;
    bool has_books;
    char origin[12]; /* of the event at hand, decimal; empty: none */
    size_t origin_len;
    struct table events; /* struct known_event: what the map says, asked once */
    struct arena scratch;
    struct extract extract;
    struct found_list found, also;
    buf key;
};

/* NULL without memory, or for a name of absurd length. */
const struct known_event *visit_known_event(struct visit *v, const struct trail_event *event);
/* Adds what a successful call used. `failed`: it failed, though not on access. */
void visit_add_targets(struct visit *v, struct who *who, const struct trail_event *event,
                       const struct known_event *known, bool failed);

#endif
