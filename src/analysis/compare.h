/* Comparing two stacks, shared by the questions analysis.h asks. */
#ifndef MANTLE_ANALYSIS_COMPARE_H
#define MANTLE_ANALYSIS_COMPARE_H

#include "analysis/callers.h"
#include "analysis/stack.h"

struct comparison {
    const struct analysis_options *options; /* never NULL */
    struct arena *arena;                    /* of the caller: compiled sets, the example */
    struct stack old, new;
    /* What is asked of the request besides; NULL: nothing. */
    const struct node *(*also)(struct model *model, const void *data);
    const void *data;
    uint64_t steps; /* spent so far */
    struct analysis_result *result;
};

/* For one caller, one relation of accounts. Leaves the result UNKNOWN with a reason, or with the
 * counterexample; PROVED when neither. RC_NOMEM. */
MUST_CHECK enum rc compare_view(struct comparison *c, const struct view *view,
                                str resource_account);

/* For all callers of the list: PROVED only when it is for each. */
MUST_CHECK enum rc compare_callers(struct comparison *c, const struct principal *callers,
                                   size_t count);

/* options with defaults filled in, and keys that follow from the caller added to those known. */
MUST_CHECK enum rc options_complete(const struct analysis_options *options, struct arena *arena,
                                    struct analysis_options *ret);

#endif
