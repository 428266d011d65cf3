/* Looks for a request that makes a formula true. */
#ifndef MANTLE_ANALYSIS_SEARCH_H
#define MANTLE_ANALYSIS_SEARCH_H

#include "analysis/model.h"

/* The action every search begins with, as AWS spells it. */
#define FIRST_ACTION "s3:GetObject"

struct solution {                         /* one request's action, resource and keys */
    struct letters action, resource;      /* the action in lower case */
    const struct pattern *action_pattern; /* the one chosen, for its spelling; may be NULL */
    const struct key_state *keys;         /* by key of the model */
};

/* VERDICT_NO: there is none, whatever values variables have. VERDICT_YES: found; with variables of
 * unknown value it is to be tried. VERDICT_OPEN: work->stop, or a key whose operators do not go
 * together. */
enum verdict search_solve(struct model *model, const struct node *goal, struct solution *ret);

#endif
