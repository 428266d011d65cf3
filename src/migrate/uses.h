/* Who used which key, and which role, by the trail: when, from where, how regularly. The inventory
 * (books.h) knows much more; this is what the stages of a key are judged by, made anew from the newest
 * files whenever something is to be done. */
#ifndef MANTLE_MIGRATE_USES_H
#define MANTLE_MIGRATE_USES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/table.h"
#include "trailfile/trailfile.h"

#define USE_NEVER INT64_MIN

enum { USE_ORIGINS_MAX = 256, USE_DAYS = 512 };

struct use_origin {    /* a program and a neighbourhood of addresses */
    str family, block; /* "boto3", "10.1.2.0/24" */
    str product;       /* "Boto3": the first word of the agent as it was sent */
    int64_t first_s, last_s;
    uint64_t calls;
    struct use_origin *next;
};

struct use_deed { /* an action, by the days it was done on */
    str name;     /* "s3.amazonaws.com GetObject" */
    uint64_t days[USE_DAYS / 64];
    struct use_deed *next;
};

struct use {
    str name; /* key id, role ARN, or user name */
    int64_t first_s, last_s;
    uint64_t calls;
    struct { /* of the last one */
        str source, agent, service, event, error;
        bool claimed; /* by an id alone: whoever it was did not show the secret */
    } last;
    struct use_origin *origins; /* newest found first */
    size_t origin_count;
    struct use_deed *deeds;
    size_t deed_count;
};

struct uses {
    struct arena arena;
    struct table keys;   /* by id; last.claimed ones are in `claims` instead */
    struct table claims; /* ids of keys with which somebody was turned away as unknown */
    struct table users;  /* by name: sessions of users, where the trail does not name the key */
    struct table roles;  /* by ARN */
    int64_t from_s;      /* only what is not older */
    int64_t oldest_s, newest_s; /* of all records; USE_NEVER without any */
    struct trail_problems problems;
    struct trail_counts counts;
};

/* Files of the paths that were delivered before from_s are left out; so are older records.
 * RC_NOENT: a path does not exist (see problems); RC_NOMEM. uses_done after any result. */
MUST_CHECK enum rc uses_read(const char *const *paths, size_t count, int64_t from_s,
                             struct uses *ret);
void uses_done(struct uses *uses);

/* NULL when there is none. */
const struct use *uses_key(const struct uses *uses, str id);
const struct use *uses_claim(const struct uses *uses, str id);
const struct use *uses_user(const struct uses *uses, str name);
const struct use *uses_role(const struct uses *uses, str arn);

/* Whether `origin` is one of them: the same program, and the same neighbourhood. */
bool uses_has_origin(const struct use *use, str family, str block);
/* The longest period between recurring deeds, in days: of each deed the middle of its gaps; and the
 * longest time the whole was silent before it was used again. 0: nothing recurs. */
unsigned uses_period_days(const struct use *use);

#endif
