/* Reports of last access: jobs that say which services an identity's policies reach and who of those
 * they hold for used each of them last. Readable by who asked, for a day. */
#ifndef MANTLE_MODEL_ACCESS_REPORT_H
#define MANTLE_MODEL_ACCESS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct txn;

enum {
    ACCESS_REPORT_KEPT_S = 24 * 3600,
    ACCESS_REPORT_STALL_S = 600, /* not done by then: whoever made it is gone */
};

struct access_report {
    str job_id;
    int64_t account;
    str owner_id;  /* who asked */
    str entity_id; /* what about */
    bool action_level;
    int64_t created_s;
    int64_t completed_s; /* 0: at work */
    bool failed;
};

MUST_CHECK enum rc access_report_get(struct txn *txn, str job_id, struct arena *arena,
                                     struct access_report *ret);
MUST_CHECK enum rc access_report_insert(struct txn *txn, const struct access_report *report);
MUST_CHECK enum rc access_report_finish(struct txn *txn, str job_id, int64_t now_s, bool failed);
/* Takes away what is past its day, a bounded piece at a time. */
MUST_CHECK enum rc access_report_sweep(struct txn *txn, int64_t now_s, struct arena *arena);

/* A service in reach; with an action, its last use. */
struct access_line {
    str service, action; /* action "": the service itself */
    str name;            /* of the service */
    int64_t used_s;      /* 0: never */
    str entity_id, region;
    int64_t entities; /* how many used it */
};
MUST_CHECK enum rc access_report_add_line(struct txn *txn, str job_id,
                                          const struct access_line *line);
/* Services in the order of their namespaces, strictly behind `after`. */
MUST_CHECK enum rc access_report_services(struct txn *txn, str job_id, str after, size_t max,
                                          struct arena *arena, struct access_line **ret,
                                          size_t *ret_count);
/* RC_NOENT: the service is not in reach. */
MUST_CHECK enum rc access_report_has_service(struct txn *txn, str job_id, str service,
                                             struct arena *arena);
MUST_CHECK enum rc access_report_actions(struct txn *txn, str job_id, str service,
                                         struct arena *arena, struct access_line **ret,
                                         size_t *ret_count);

/* --- who the policies hold for ------------------------------------------------------------------ */

/* *ret_new false: he is there already. *ret_key: what access_report_add_use wants. */
MUST_CHECK enum rc access_report_add_entity(struct txn *txn, str job_id,
                                            const struct entity *entity, struct arena *arena,
                                            bool *ret_new, str *ret_key);
MUST_CHECK enum rc access_report_add_use(struct txn *txn, str job_id, str service, int64_t used_s,
                                         str entity_key, str entity_id);

struct access_entity {
    str entity_id;
    int64_t used_s; /* 0: never */
};
/* Those who used the service, the latest first, then the others by kind and name. A page may be
 * short; *ret_marker is present when there is more. RC_SYNTAX: not a marker of this function. */
MUST_CHECK enum rc access_report_entities(struct txn *txn, str job_id, str service, str marker,
                                          size_t max, struct arena *arena,
                                          struct access_entity **ret, size_t *ret_count,
                                          str *ret_marker);

#endif
