/* Listings page by page: Marker and MaxItems in, IsTruncated and Marker out. */
#ifndef MANTLE_SERVICE_PROTOCOL_PAGE_H
#define MANTLE_SERVICE_PROTOCOL_PAGE_H

#include "base/rc.h"
#include "base/str.h"
#include "service/protocol/api.h"
#include "service/request.h"

enum { PAGE_KEY_BYTES_MAX = 224 }; /* a marker is at most 320 characters on the wire */

/* The key to go on behind (absent: from the start) and how many items are wanted (100 unless
 * said, at most 1,000). A marker this account and operation did not give is ValidationError
 * "Invalid Marker.": RC_API. */
MUST_CHECK enum rc page_begin(struct rq *rq, str marker, struct opt_int max_items, str *ret_key,
                              size_t *ret_max);

/* The marker that goes on behind `key` (at most PAGE_KEY_BYTES_MAX bytes); opaque to clients, in
 * rq->arena. Absent when memory ran out or the key is too long. */
str page_marker(struct rq *rq, str key);

#endif
