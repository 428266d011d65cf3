/* What generalise.c and grants.c share. Inside migrate/ only. */
#ifndef MANTLE_MIGRATE_GENERALISE_H
#define MANTLE_MIGRATE_GENERALISE_H

#include "migrate/grants.h"

struct item { /* a use on its way */
    const struct use *use;
    str arn;     /* as understood: names completed, paths put in */
    str front;   /* what is given, or the parent */
    str name;    /* what may vary; absent: nothing of it */
    str tail;    /* behind the name: what the child of a parent became */
    str pattern; /* of the whole ARN */
    const char *why;
    const char *assumed; /* what had to be taken for granted; NULL: nothing */
};

struct job {
    const struct generalise *g;
    const struct who *who;
    struct item *items;
    size_t count;
    str stem;
};

/* From use to pattern, for each item. Their order changes. RC_NOMEM. */
MUST_CHECK enum rc generalise_items(struct job *job);

#endif
