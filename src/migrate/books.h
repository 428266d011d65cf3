/* Sums over a trail: who called what from where, as much as fits in memory that depends on how many
 * different things there are, not on how many calls. One of these per thread; joined at the end.
 *
 * An origin is one credential used by one program from one address. Sums are kept per origin, and per
 * origin and action; consumers are found later, by putting origins together. */
#ifndef MANTLE_MIGRATE_BOOKS_H
#define MANTLE_MIGRATE_BOOKS_H

#include "migrate/agent.h"
#include "migrate/intern.h"
#include "trailfile/trailfile.h"

enum {
    BOOKS_DAYS = 512, /* a bit per day, by its number modulo this: longer trails wrap around */
    BOOKS_REGIONS_MAX = 64,
    BOOKS_ORIGINS_MAX = 1 << 18,  /* further ones are counted as one per credential */
    BOOKS_SESSIONS_MAX = 1 << 21, /* further ones are not followed to their key */
};

enum principal_kind { BOOK_USER, BOOK_ROLE, BOOK_ROOT };

struct book_principal {
    enum principal_kind kind;
    uint32_t arn; /* of strings */
    uint32_t id;  /* unique id, of strings; INTERN_NONE: not said */
};

struct book_credential {
    uint32_t principal;
    uint32_t key; /* of strings: the long-lived key's id; INTERN_NONE: sessions of the principal */
};

struct book_agent {
    struct agent agent; /* views into the books' arena; version of the sample */
    uint32_t sample; /* of strings: of all user agents that read as this one, the first by bytes */
};

struct book_origin {
    uint32_t credential, agent, address, endpoint; /* strings; endpoint: INTERN_NONE without one */
    uint64_t calls, denied, failed, reads, with_mfa, from_console, forwarded;
    int64_t first_s, last_s; /* INT64_MAX, INT64_MIN: no call with a time */
    uint64_t regions;        /* bit: number of books->regions */
    uint64_t days[BOOKS_DAYS / 64];
    uint32_t hours[24], weekdays[7]; /* UTC; weekday 0 is Monday */
};

struct book_place {   /* of a record */
    const char *path; /* of its file; the reader's */
    size_t file;      /* its number in the list */
    uint64_t offset;
};

/* In the order of the list. */
bool book_is_before(const struct book_place *a, const struct book_place *b);

struct book_use { /* of an action by an origin */
    uint32_t origin, action;
    uint64_t calls, denied, failed;
    uint64_t data; /* of the calls: recorded as data events */
    int64_t first_s, last_s;
    struct book_place first; /* in the order of the list */
};

struct book_assumption {   /* an origin that called AssumeRole, with success */
    uint32_t origin, role; /* strings */
    uint64_t calls;
};

struct book_session_use { /* calls with one temporary credential */
    uint64_t session;     /* hash of its key id */
    uint32_t origin, calls;
};
struct book_session {         /* a temporary credential whose making is in the trail */
    uint64_t session, parent; /* parent: the session that made it, or 0 */
    uint32_t credential;      /* the long-lived key that made it, or INTERN_NONE */
    uint32_t origin;          /* that made it */
};

struct book_tally { /* a name and how often */
    uint32_t name;
    uint64_t count;
};

/* A record that says something else than it should; it counts as far as it goes. */
struct book_odd {
    const char *path; /* of its file; the reader's */
    uint64_t offset;
    const char *what; /* one clause; static */
};
enum { BOOKS_ODD_MAX = 1000 };

#define BOOK_LIST(type)                                                                            \
    struct {                                                                                       \
        type *items;                                                                               \
        uint32_t count, room;                                                                      \
    }

struct books {
    struct arena arena;
    uint64_t seed;
    int64_t latest_s; /* no event is newer than this, or its clock is wrong */
    struct intern strings, regions;

    BOOK_LIST(struct book_principal) principals;
    BOOK_LIST(struct book_credential) credentials;
    BOOK_LIST(struct book_agent) agents;
    BOOK_LIST(struct book_origin) origins;
    BOOK_LIST(struct book_use) uses; /* an action is the number of its string "source\nname" */
    BOOK_LIST(struct book_assumption) assumptions;
    BOOK_LIST(struct book_session_use) session_uses;
    BOOK_LIST(struct book_session) sessions;
    BOOK_LIST(struct book_tally) caller_types; /* of callers that are nobody here */
    BOOK_LIST(struct book_odd) odd;            /* up to BOOKS_ODD_MAX of each reader */
    /* From what makes an entry of its own to its number, plus one. */
    struct pairs principal_at, credential_at, agent_at, origin_at, use_at, assumption_at,
        session_use_at, session_at, route_at, caller_type_at, action_at;
    uint32_t last_region; /* of regions: most calls come from one */

    uint64_t calls;          /* of users, roles and root */
    uint64_t service_events; /* AwsServiceEvent and the like: no calls */
    uint64_t service_calls;  /* by AWS services for themselves */
    uint64_t other_callers;  /* by whoever else; tallied by type */
    uint64_t sign_ins, failed_sign_ins;
    uint64_t odd_times;                     /* before CloudTrail existed, or in the future */
    uint64_t folded_origins, lost_sessions; /* beyond the limits above */
    int64_t first_s, last_s;
    uint64_t days[BOOKS_DAYS / 64];
};

/* What the books know about one call. Numbers are theirs. */
struct book_call {
    const struct trail_event *event;
    uint32_t principal; /* the user, role or root whose permissions the call needs */
    uint32_t origin;    /* credential, program and address */
    uint32_t action;    /* string: event source and name */
    bool denied;        /* no permission */
    bool failed;        /* another error: the permission was there, or was not looked at */
};

/* From numbers of the books that went to numbers of the books that stay. */
struct book_map {
    const uint32_t *principals, *origins, *strings;
};

void books_init(struct books *books, uint64_t seed, int64_t latest_s);
void books_done(struct books *books);
/* Counts one record. *ret_is_call: it is a call of a user, role or root, and *ret is filled. RC_NOMEM. */
MUST_CHECK enum rc books_add(struct books *books, const struct trail_event *event,
                             bool *ret_is_call, struct book_call *ret);
/* Adds `from` to `into`. The arrays of the map are in the arena of `from`. RC_NOMEM. */
MUST_CHECK enum rc books_join(struct books *into, struct books *from, struct book_map *ret_map);

/* The origin a record counts for, when one like it was added before; INTERN_NONE else. For any thread once
 * nothing is added any more. */
uint32_t books_origin_of(const struct books *books, const struct trail_event *event);

/* "s3.amazonaws.com" and "GetObject" of an action. */
void books_action(const struct books *books, uint32_t action, str *ret_source, str *ret_name);

/* The odd records as problems, by file and offset. */
void books_tell_odd(struct books *books, struct trail_problems *problems);

#endif
