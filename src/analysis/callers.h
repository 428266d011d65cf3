/* Who may ask. The principal parts of documents tell only finitely many callers apart; one of each
 * stands for all. */
#ifndef MANTLE_ANALYSIS_CALLERS_H
#define MANTLE_ANALYSIS_CALLERS_H

#include "analysis/analysis.h"

struct callers {
    struct principal *items;
    size_t count, cap;
};

/* Accounts no document names; the stranger's is the one examples of the world use. */
#define CALLER_ACCOUNT "111122223333"
#define STRANGER_ACCOUNT "999988887777"

/* Callers told apart by the principals of the documents of the resource side. strangers_only: those
 * whom no document names. RC_NOMEM. */
MUST_CHECK enum rc callers_find(const struct analysis_stack *const *stacks, size_t count,
                                bool strangers_only, struct arena *arena, struct callers *ret);

#endif
