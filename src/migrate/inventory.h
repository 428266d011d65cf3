/* What the trail of an account says about its credentials: a dossier for each, and the consumers behind
 * it. Kept in the estate as inventory.json (mantle-inventory/1), so that later steps need no trail.
 *
 * A consumer is a set of origins of one credential that look like one program at work: each is a service
 * that needs an owner. Two consumers on one key are two services that share it.
 *
 * Lists are sorted: names by count, then by name; principals by ARN; keys by id; consumers by calls. */
#ifndef MANTLE_MIGRATE_INVENTORY_H
#define MANTLE_MIGRATE_INVENTORY_H

#include "migrate/address.h"
#include "migrate/agent.h"
#include "migrate/books.h"
#include "migrate/estate.h"
#include "trailfile/trailfile.h"

#define INVENTORY_FILE "inventory.json"
#define INVENTORY_FORMAT "mantle-inventory/1"

struct inventory_name {
    str name;
    uint64_t count;
};
struct inventory_names {
    struct inventory_name *items;
    size_t count;
};

struct inventory_agent {
    struct agent agent;
    str sample; /* one user agent as it was sent */
    uint64_t calls;
};
struct inventory_address {
    str address;  /* as recorded: an IP address, or the name of a service */
    str endpoint; /* VPC endpoint; absent without one */
    enum address_kind kind;
    uint64_t calls;
};

struct inventory_use {
    uint64_t calls, denied, failed, reads, data; /* denied: no permission; failed: other errors */
    uint64_t with_mfa, from_console, forwarded;  /* forwarded: by an AWS service on behalf */
    int64_t first_s, last_s;                     /* ESTATE_NEVER: no call with a time */
    uint32_t active_days, longest_gap_days;      /* gap: days without a call between two with one */
    uint32_t hours[24], weekdays[7];             /* UTC; weekday 0 is Monday */
    struct inventory_names actions;              /* "s3.amazonaws.com:GetObject" */
    struct inventory_names denied_actions, services, regions, assumed_roles;
    struct inventory_agent *agents;
    size_t agent_count;
    struct inventory_address *addresses;
    size_t address_count;
};

struct inventory_consumer {
    str id;   /* "AKIA...#1"; of sessions "NAME#1" */
    str name; /* for people: "boto3 on linux at 10.0.0.5" */
    struct inventory_use use;
};

struct inventory_sessions { /* made with a key through AssumeRole, GetSessionToken... */
    uint64_t made, used, calls;
    struct inventory_names as; /* ARNs of the roles and users they acted as, with their calls */
};

struct inventory_key {
    str id;      /* absent: sessions of the principal that lead to no key (console, unknown) */
    str user;    /* ARN */
    bool known;  /* the exports list it */
    bool active; /* by the exports */
    int64_t created_s;  /* by the exports; ESTATE_NEVER: not known */
    int64_t reported_s; /* last use by the credential report; ESTATE_NEVER: none */
    str reported_service;
    struct inventory_use use;
    struct inventory_sessions sessions;
    struct inventory_consumer *consumers;
    size_t consumer_count;
    uint32_t credential; /* of the books; INTERN_NONE: not in the trail; not stored */
};

struct inventory_principal {
    enum principal_kind kind;
    str arn, name, id;
    bool known; /* the exports have it */
    struct inventory_use use;
    struct inventory_key *keys; /* the one without an id last */
    size_t key_count;
};

/* What could not be seen. */
struct inventory_blind {
    str code;    /* "no-data-events", "gap-days"...; stable */
    str subject; /* a service, a key...; may be absent */
    str what;
};

struct inventory {
    struct arena *arena;
    str account;
    int64_t first_s, last_s;  /* of the trail; ESTATE_NEVER: it holds nothing */
    uint32_t days, days_seen; /* from first to last, and those with a record */
    struct trail_counts trail;
    struct trail_digests digests;
    uint64_t calls, service_events, service_calls, other_callers, sign_ins, failed_sign_ins;
    struct inventory_names caller_types; /* of other callers */
    struct inventory_names unknown;      /* "source:name" of services that the catalogue lacks */
    struct inventory_principal *principals;
    size_t principal_count;
    struct inventory_blind *blind;
    size_t blind_count;
    struct trail_problem *problems;
    size_t problem_count;
    uint64_t problems_seen;
    struct trail_problems notes; /* where events that nobody knows stand first, and duplicates */
    uint32_t *consumer_of; /* of an origin: number of its consumer, counted over all; not stored */
};

/* estate may be NULL: the trail alone. Everything lives in the arena. RC_NOMEM. */
MUST_CHECK enum rc inventory_make(const struct books *books, const struct estate *estate,
                                  const struct trail_counts *counts,
                                  const struct trail_digests *digests,
                                  const struct trail_problems *problems, struct arena *arena,
                                  struct inventory *ret);

/* Adds what reading the trail noted. */
void inventory_note(struct inventory *inventory, const struct trail_problems *notes);

/* JSON of the format above. */
void inventory_print(const struct inventory *inventory, buf *out);
/* Writes it into the estate. RC_IO, RC_FULL, RC_NOMEM. */
MUST_CHECK enum rc inventory_save(const struct inventory *inventory, struct estate *estate);
/* Reads it back. RC_NOENT: no inventory was made yet; RC_SYNTAX with *reterr: what is wrong with it. */
MUST_CHECK enum rc inventory_load(struct estate *estate, struct arena *arena, struct inventory *ret,
                                  const char **reterr);

struct inventory_principal *inventory_principal(const struct inventory *inventory, str arn);

#endif
