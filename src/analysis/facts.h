/* What one branch of a search knows: the assertions made so far, kept by dimension, and an example of
 * each dimension that meets them. The search's own (search.c). */
#ifndef MANTLE_ANALYSIS_FACTS_H
#define MANTLE_ANALYSIS_FACTS_H

#include "analysis/search.h"

enum { YES_MAX = 24 }; /* patterns that one text must match at once: one for each layer */

struct text_dimension {
    const struct pattern *yes[YES_MAX];
    uint32_t yes_count;
    const struct atom **no;
    uint32_t no_count;
    struct letters example;
    uint32_t version; /* of the example, for what is remembered of it */
};

struct key_dimension {
    struct demand *demands;
    uint32_t count;
    struct key_state example;
    uint32_t version;
    bool open; /* nobody knows whether the demands can be met: there is no example */
};

struct seen { /* what an atom or a test says of an example, and which */
    uint32_t version;
    bool holds;
    bool unlike; /* the example has a value that the test's key never has */
};

struct undo {     /* what a dimension was before an assertion */
    uint32_t key; /* or UINT32_MAX and a dimension */
    enum dimension dimension;
    uint32_t yes_count, no_count, version;
    struct letters text;
    struct key_state state;
    bool open;
};

struct search {
    struct model *model;
    struct work *work;
    bool star; /* the resource is "*", which no pattern but "*" matches */
    struct text_dimension texts[DIMENSION_COUNT];
    struct pattern bases[DIMENSION_COUNT]; /* what every action and ARN looks like */
    struct key_dimension *keys;
    struct seen *atoms_seen, *tests_seen;
    uint32_t versions; /* given out */
    struct undo *trail;
    uint32_t trail_count, trail_cap;
    const struct atom **atoms; /* those of the formula, by index */
    bool open;                 /* some branch could not be decided */
    struct solution *out;
};
enum truth { TRUTH_OPEN, TRUTH_YES, TRUTH_NO };

/* Does the text match `atom`, when it matches p? */
enum truth fact_within(struct search *s, const struct pattern *p, const struct atom *atom);
/* What follows from the assertions. */
enum truth fact_atom(struct search *s, const struct atom *atom);
enum truth fact_truth(struct search *s, const struct node *node, bool sign);
/* Do the examples, as they are, make the node what `sign` says? */
bool fact_examples_meet(struct search *s, const struct node *node, bool sign);

/* Asserts to a dimension and finds an example that meets all. False: there is none, or the work stopped.
 * Where nobody knows whether there is one, the key is left open and the search goes on: what else is
 * asserted may still contradict. */
bool fact_assert_no(struct search *s, const struct atom *atom);
bool fact_assert_yes(struct search *s, const struct atom *atom, const struct pattern *pattern);
bool fact_assert_test(struct search *s, const struct test *test, bool holds);
/* A verdict as assertions answer it. */
bool fact_settled(struct search *s, enum verdict verdict);
/* Takes back what was asserted since trail_count was `mark`. */
void fact_undo_to(struct search *s, uint32_t mark);

#endif
