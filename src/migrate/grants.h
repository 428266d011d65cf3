/* From what a principal was seen to do to what its role may do. */
#ifndef MANTLE_MIGRATE_GRANTS_H
#define MANTLE_MIGRATE_GRANTS_H

#include "migrate/estate.h"
#include "migrate/naming.h"

enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
str confidence_word(enum confidence confidence);

enum { GRANT_NOTES = 6 };

struct grant {
    str action, resource; /* resource: an ARN with '*', or "*" */
    str service, type;
    str key, value;    /* a condition that is kept; empty: none */
    str old_condition; /* of the statement of today that it is cut from, JSON; absent: none */
    enum map_certainty certainty;
    enum confidence confidence;
    bool companion, sibling, partial;
    const char *why;                /* how the resource came to be what it is; static */
    const char *notes[GRANT_NOTES]; /* what speaks against it; static */
    size_t note_count;
    uint64_t count;
    int64_t first_s, last_s;
    struct days days;
    str event; /* one that it comes from */
    const struct use **uses;
    const str *observed; /* per use: its ARN as it was understood */
    size_t use_count;
    bool held; /* set when it was cut to what is held today */
};
struct grants {
    struct grant *items;
    size_t count;
    struct grant *all; /* items before those that say nothing more were dropped: what was seen */
    size_t all_count;
    struct grant
        *left_out; /* likely or possible, which the profile leaves out; or not held today */
    size_t left_out_count;
};

struct generalise {
    struct evidence *evidence;
    const struct landscape *landscape;
    const struct estate *estate; /* NULL: there is none */
    enum profile profile;
    struct arena *arena;
};
/* By action, then resource. RC_NOMEM. */
MUST_CHECK enum rc grants_make(const struct generalise *g, const struct who *who,
                               struct grants *ret);

#endif
