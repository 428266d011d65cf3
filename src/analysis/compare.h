/* Comparing two stacks, shared by the questions analysis.h asks. */
#ifndef MANTLE_ANALYSIS_COMPARE_H
#define MANTLE_ANALYSIS_COMPARE_H

#include "analysis/callers.h"
#include "analysis/search.h"
#include "analysis/stack.h"

typedef const struct node *also_fn(struct model *model, const void *data);

struct comparison {
    const struct analysis_options *options; /* never NULL */
    struct arena *arena;                    /* of the caller: compiled sets, the example */
    struct stack old, new;
    /* What is asked of the request besides; NULL: nothing. */
    also_fn *also;
    const void *data;
    uint64_t steps; /* spent so far */
    struct analysis_result *result;
};

/* What one search goes out from. */
struct premises {
    const struct context_entry
        *pins; /* keys whose value is known, or that are known to be absent */
    size_t pin_count;
    const struct assumption *assumed;
    size_t assumed_count;
};

struct variable {        /* whose value is not known */
    str key;             /* folded */
    str value;           /* what the example has for it; absent when nothing */
    const str *literals; /* texts that conditions on the key name */
    uint32_t literal_count;
};
struct attempt {
    enum verdict verdict;       /* YES: found; confirmed, when no variable was left open */
    struct variable *variables; /* those left open; in the arena of the comparison */
    uint32_t variable_count;
};

/* One search. NO is a proof for all requests the premises leave; OPEN has left a reason. */
MUST_CHECK enum rc compare_attempt(struct comparison *c, const struct view *view,
                                   str resource_account, const struct premises *premises,
                                   struct attempt *ret);
/* The first reason counts. */
void compare_unknown(struct comparison *c, enum analysis_reason reason);
MUST_CHECK enum rc letters_str(struct letters text, struct arena *arena, str *ret);

/* In example.c: another request in place of the example, where it is one as well and easier to read.
 * action_pattern: of the statement that allows; may be absent. */
MUST_CHECK enum rc example_polish(struct comparison *c, str action_pattern,
                                  struct policy_request *rq);

/* In variables.c: what is open after a search that found something. */
MUST_CHECK enum rc variables_take(const struct model *model, const struct solution *found,
                                  struct arena *arena, struct attempt *ret);

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
