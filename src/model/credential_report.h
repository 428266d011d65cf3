/* The credential report: a line of CSV for the root and each user, made page by page by whoever has
 * time for it and kept until the next one is begun. */
#ifndef MANTLE_MODEL_CREDENTIAL_REPORT_H
#define MANTLE_MODEL_CREDENTIAL_REPORT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct txn;

enum {
    CREDENTIAL_REPORT_KEPT_S = 4 * 3600, /* a newer one is not made before */
    CREDENTIAL_REPORT_STALL_S = 60,      /* without a new part: whoever made it is gone */
    CREDENTIAL_REPORT_PAGE = 500         /* users in a part */
};

struct credential_report {
    int64_t run;
    int64_t progress_s;
    int64_t generated_s; /* 0: not whole yet */
    int64_t bytes, parts;
};

/* RC_NOENT: none was ever asked for. */
MUST_CHECK enum rc credential_report_get(struct txn *txn, int64_t account, struct arena *arena,
                                         struct credential_report *ret);
/* Forgets the one before. */
MUST_CHECK enum rc credential_report_begin(struct txn *txn, int64_t account, int64_t now_s,
                                           struct arena *arena, int64_t *ret_run);
/* The next part; `last`: the report is whole. RC_CONFLICT: another making of it was begun. */
MUST_CHECK enum rc credential_report_add(struct txn *txn, int64_t account, int64_t run, str csv,
                                         bool last, int64_t now_s, struct arena *arena);
MUST_CHECK enum rc credential_report_part(struct txn *txn, int64_t account, int64_t part,
                                          struct arena *arena, str *ret);

/* The lines of the users on a page; on the first page (no marker) the heading and the root before
 * them. page->max says how many, page->truncated whether there are more. */
MUST_CHECK enum rc credential_report_lines(struct txn *txn, int64_t account, str partition,
                                           struct page *page, struct arena *arena, buf *out);

#endif
