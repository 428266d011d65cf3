/* The account's authorization details by reading calls, page by page. */
#ifndef MANTLE_MIGRATE_DETAILS_H
#define MANTLE_MIGRATE_DETAILS_H

#include "remote/remote.h"

struct details {
    buf text;     /* the pages read so far, as the AWS CLI prints them: one JSON object a line */
    str marker;   /* of the next page; "" before the first and after the last */
    size_t count; /* pages */
};

/* Reads the next page; its marker goes to `keep`. The answer lives in `scratch`. RC as remote_call;
 * RC_FULL and RC_LIMIT of text. */
MUST_CHECK enum rc details_page(struct remote *remote, struct details *details, struct arena *keep,
                                struct arena *scratch, struct remote_answer *ret_answer);
static inline bool details_done(const struct details *details)
{
    return details->count > 0 && details->marker.len == 0;
}

#endif
