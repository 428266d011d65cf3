/* Who used which action of which service last, to the quarter of an hour. What a server sees itself
 * are calls of its own services; a gateway in front of others tells of theirs through the same
 * function. Only verified callers: users and roles; an attempt that was denied counts. */
#ifndef MANTLE_MODEL_SERVICE_USE_H
#define MANTLE_MODEL_SERVICE_USE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;

enum { SERVICE_USE_GRANULARITY_S = 900 };

struct service_use {
    str service, action; /* action "": the service does not tell them apart */
    int64_t used_s;
    str region;
};

/* Does nothing when it is no news or the user or role is gone. */
MUST_CHECK enum rc service_use_note(struct txn *txn, str entity_id, const struct service_use *use);
/* Sorted by service, then action. */
MUST_CHECK enum rc service_use_list(struct txn *txn, str entity_id, struct arena *arena,
                                    struct service_use **ret, size_t *ret_count);

#endif
