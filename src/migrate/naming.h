/* Which names become one pattern: the names one principal was seen to use of one kind, and what others
 * use of it. A pattern never takes in a name that is known to be somebody else's. */
#ifndef MANTLE_MIGRATE_NAMING_H
#define MANTLE_MIGRATE_NAMING_H

#include "migrate/evidence.h"

enum profile { PROFILE_EXACT, PROFILE_STABLE, PROFILE_GENEROUS };

enum {
    NAMES_LISTED = 4, /* more names with a common front become one pattern */
    IDS_LISTED = 20,  /* ids have no common front: more become everything of their type */
    NAMES_MAX = 50,   /* more names without a common front do, too */
    STEADY_DAYS = 5,  /* a name seen on so many days will be seen again as it is */
    STEADY_COUNT = 3, /* of each name, when there are a few */
    VOCABULARY = 3,   /* fronts behind which a last token is an ordinary word */
};

/* What is known of all principals together. */
struct landscape {
    struct arena *arena;
    struct table tokens;    /* first token of a name -> struct owner */
    struct table words;     /* last token -> struct owner's count: fronts it stands behind */
    struct known_arn *arns; /* sorted: every name seen or exported */
    size_t arn_count;
};
/* extra: ARNs of an inventory, which belong to nobody until somebody uses them. */
MUST_CHECK enum rc landscape_make(struct evidence *e, const str *extra, size_t extra_count,
                                  struct arena *arena, struct landscape *ret);
void landscape_done(struct landscape *l);

/* Whether a known ARN that `who` never used begins like that. */
bool landscape_foreign(const struct landscape *l, str front, str who);
/* The first token that this principal's names share and nobody else's have; absent: there is none. */
str landscape_stem(const struct landscape *l, str who, const str *names, size_t count);

struct planned { /* a name, and what becomes of it */
    str name;
    uint64_t count;
    unsigned days;
    str pattern;     /* out: the name, or a front of it and "*" */
    const char *why; /* out: a clause; static */
    size_t of;       /* out: how many names share the pattern */
};
struct naming {
    const struct landscape *landscape;
    struct arena *arena;
    enum profile profile;
    str front;        /* the ARN before the names */
    str who;          /* the principal's ARN */
    str stem;         /* of all his names; absent: none */
    bool short_lived; /* ids of tomorrow are others */
};
/* names: sorted, each once. RC_NOMEM. */
MUST_CHECK enum rc plan_names(const struct naming *plan, struct planned *names, size_t count);

#endif
