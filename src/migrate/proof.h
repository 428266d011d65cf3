/* A role's policy beside what its principal may do today: cut to it, and proved to lie inside it. */
#ifndef MANTLE_MIGRATE_PROOF_H
#define MANTLE_MIGRATE_PROOF_H

#include "migrate/grants.h"

enum { DOCUMENT_SIZE_MAX = 6144, DOCUMENTS_MAX = 10 }; /* characters; policies on a role */

struct proof {
    enum analysis_verdict verdict;
    const char *reason;   /* of UNKNOWN; static */
    str action, resource; /* of a counterexample */
};

struct today { /* what the principal may do now */
    struct analysis_stack stack;
    const struct estate_policies *policies; /* NULL: not in the estate */
    struct principal principal;
    size_t unknown; /* documents that the export lacks */
    str boundary;   /* its ARN; absent: none */
};

struct documents {
    str *texts; /* at most DOCUMENT_SIZE_MAX characters each */
    size_t count;
    size_t too_long; /* statements that fit into no document */
    size_t pairs;    /* of actions and resources */
};

/* Statements of the grants in as few documents as sizes allow; denies (JSON statements) go into the
 * first. RC_NOMEM. */
MUST_CHECK enum rc documents_make(const struct grant *grants, size_t count, const str *denies,
                                  size_t deny_count, struct arena *arena, struct documents *ret);

struct cut {
    struct documents documents;
    struct proof new_in_old, observed_in_new;
    const str *denies; /* statements of today that are kept, JSON */
    size_t deny_count;
};
/* Takes out of the grants what is not held today (it goes to left_out with a note), keeps the conditions
 * and denials of today where the grant needs them, makes the documents, and proves both. RC_NOMEM. */
MUST_CHECK enum rc cut_to_today(struct grants *grants, const struct today *today,
                                struct arena *arena, struct cut *ret);

#endif
