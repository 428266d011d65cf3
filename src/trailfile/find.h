/* Finds the records in portions of a file's text and hands them on. */
#ifndef MANTLE_TRAILFILE_FIND_H
#define MANTLE_TRAILFILE_FIND_H

#include "trailfile/record.h"
#include "trailfile/trailfile.h"

enum find_place {
    PLACE_TOP,      /* between documents */
    PLACE_ENVELOPE, /* in an object that holds the records: between its members */
    PLACE_LIST,     /* in the array of records */
};

struct finder {
    struct trail_index index, inner_index; /* inner: records that stand in strings */
    struct record_memo memo;
    struct arena arena; /* of one record */
    /* A record is handed on when the one behind it was read: what on_id began to fetch is there then. */
    struct trail_event events[2];
    unsigned turn; /* the event that is read into; the other one waits, if any does */
    bool waits;

    /* of one file */
    const char *path;
    size_t file; /* its number in the list */
    enum find_place place;
    bool in_envelope; /* the list stands in an envelope */
    bool saw_list;    /* also an empty one */
    uint64_t base;    /* offset of the portion in the file */
    uint64_t found;   /* records and things that were meant to be */
    unsigned damages; /* places where reading began anew */
    bool gave_up;

    /* What becomes of a record; of a problem. what: copied by the receiver. */
    enum rc (*record)(void *context, const struct trail_event *event);
    void (*problem)(void *context, enum trail_problem_kind kind, uint64_t offset, str what);
    void *context;
};

void finder_init(struct finder *finder);
void finder_done(struct finder *finder);
void finder_file(struct finder *finder, const char *path);
/* text: INDEX_PADDING readable bytes follow. `last`: nothing comes behind it. *ret_used: up to there
 * everything is dealt with; the rest comes again with more behind it. RC_NOMEM, or what `record` said. */
MUST_CHECK enum rc finder_portion(struct finder *finder, const char *text, size_t len, bool last,
                                  size_t *ret_used);
/* A record by itself, as JSON text that another format carries (CSV, a string in lookup-events).
 * RC_SYNTAX: it is none; *ret_reason says why. */
MUST_CHECK enum rc finder_inner(struct finder *finder, str text, uint64_t offset,
                                const char **ret_reason);

#endif
