/* Documents of one kind by themselves: what is put beside them, so that what the evaluator says of
 * the whole is what they say. */
#ifndef MANTLE_ANALYSIS_KINDS_H
#define MANTLE_ANALYSIS_KINDS_H

#include "analysis/compare.h"

enum { SCENARIOS_MAX = 4 };

/* Documents that stand beside the one asked about. */
struct surroundings {
    const struct analysis_set *all;      /* identity: everything */
    const struct analysis_set *nothing;  /* a set without documents */
    const struct analysis_set *open;     /* resource policy: everything to everybody */
    const struct analysis_set *delegate; /* resource policy: leaves it to the caller's account */
};
MUST_CHECK enum rc surroundings_make(str account, struct arena *arena, struct surroundings *ret);

/* The set in its place among its surroundings, scenario by scenario; false behind the last.
 * level: room that lives as long as *ret. */
bool scenario_make(enum policy_kind kind, unsigned scenario, const struct surroundings *around,
                   const struct analysis_set *set, const struct analysis_set **level,
                   struct analysis_stack *ret);
/* How many scenarios tell something about these sets. */
unsigned scenario_count(enum policy_kind kind, const struct analysis_set *a,
                        const struct analysis_set *b);

#endif
