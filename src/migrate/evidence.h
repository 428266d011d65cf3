/* What each principal of a trail was seen to do: permissions, on which resources, how often. Successful
 * calls only; refused ones are kept apart and never become anything. Events are not stored. */
#ifndef MANTLE_MIGRATE_EVIDENCE_H
#define MANTLE_MIGRATE_EVIDENCE_H

#include "base/table.h"
#include "migrate/books.h"
#include "migrate/extract.h"
#include "migrate/inventory.h"
#include "trailfile/trailfile.h"

enum { DAY_WORDS = 8, DAYS_TOLD_APART = DAY_WORDS * 64 };

/* Days since 1970, of which DAYS_TOLD_APART in a row are told apart. */
struct days {
    uint64_t bits[DAY_WORDS];
};
unsigned days_count(const struct days *days);
void days_join(struct days *into, const struct days *from);

struct use {           /* of one permission on one resource */
    str action;        /* "s3:GetObject" */
    str arn;           /* with '*' for what varies or was not said; "*": no resource */
    str service, type; /* of the catalogue; type empty for "*" */
    str template;      /* of the type; empty for "*" */
    str key, value;    /* a condition that was seen to hold; empty: none */
    str event;         /* "lambda.amazonaws.com:Invoke", the first seen */
    enum map_certainty certainty;
    bool companion; /* needed by an event that was seen, not seen itself */
    bool sibling;   /* made beside one that was seen, by the usual program */
    bool partial, no_path,
        failed; /* failed: only calls that failed for another reason than access */
    uint64_t count;
    int64_t first_s, last_s;
    struct days days;
};

struct tally { /* something counted by name */
    str name, more;
    uint64_t count;
    int64_t first_s, last_s;
};

struct who {
    str arn, name, account; /* of a user or a role, not of a session */
    str consumer;           /* which of its clients; empty: all of them */
    bool is_role;
    uint64_t calls, denied_calls, failed_calls;
    int64_t first_s, last_s;
    struct days days;
    struct table uses;      /* struct use */
    struct table denied;    /* struct tally: "s3:GetObject" or the event's name; more: the error */
    struct table unknown;   /* struct tally: events that no action is known for */
    struct table agents;    /* struct tally: user agents */
    struct table addresses; /* struct tally */
    struct table shapes;    /* struct tally: how many children a parent has */
};

struct evidence {
    struct arena arena;
    const struct catalogue *catalogue;
    struct table whos;  /* struct who, by ARN and consumer */
    struct table names; /* str *: "role/NAME" -> the ARN with its path; NULL value: more than one */
    struct table data;  /* struct tally: services with data events */
    struct table unknown; /* struct tally: source:event, of all */
    uint64_t events, used, root, services, others, not_calls;
    int64_t first_s, last_s;
    bool out_of_memory;
};

void evidence_init(struct evidence *e, const struct catalogue *catalogue);
void evidence_done(struct evidence *e);

/* Visits a trail with as many threads as the options of trail_read say. books may be NULL; else they are
 * filled as `gather` would, and who->consumer is the number of an origin of theirs until
 * evidence_regroup. Both are begun by the caller. */
struct evidence_reader {
    struct evidence *into;
    struct books *books;
};
struct trail_visitor evidence_visitor(struct evidence_reader *reader);

/* Everything again by principal, and by consumer where a user's calls come from several ("KEY-1", as
 * the inventory's "KEY#1"). `into` is fresh, and has copies. RC_NOMEM. */
MUST_CHECK enum rc evidence_regroup(struct evidence *into, const struct evidence *from,
                                    const struct books *books, const struct inventory *inventory);

/* Sorted by name; NULL without memory. In the arena of the evidence. */
struct who **evidence_whos(struct evidence *e, size_t *ret_count);
/* By action, then ARN; NULL without memory. */
struct use **who_uses(struct evidence *e, const struct who *who, size_t *ret_count);
struct tally **tallies(struct arena *arena, const struct table *table, size_t *ret_count);

/* Where the last of several variables of the template begins in the ARN; 0: it has but one, or none. */
size_t child_at(str template, str arn);

#endif
