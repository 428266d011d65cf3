/* One context key: its value is absent, one text, or a list of texts, and conditions say something
 * about it. Each condition asks whether some policy value hits a text; the rest is bookkeeping of
 * absence, lists and quantifiers (section 2 of the rules). */
#ifndef MANTLE_ANALYSIS_KEY_H
#define MANTLE_ANALYSIS_KEY_H

#include "analysis/pattern.h"
#include "policy/inside.h"
#include "policy/value.h"

enum order { ORDER_EQUAL, ORDER_LESS, ORDER_AT_MOST, ORDER_GREATER, ORDER_AT_LEAST };

struct test { /* one operator with one key, as compiled for analysis */
    enum operand_type type;
    enum order order; /* numbers and dates */
    enum quantifier quantifier;
    bool negated, if_exists;
    bool when_absent, when_present; /* Null: what it accepts */
    bool typed;                     /* the key has values of one type only, which is `reads` */
    enum operand_type reads;
    bool made;               /* no document asks this */
    uint32_t key, index;     /* of the model */
    uint32_t hash;           /* of what is asked: the operator and the values */
    const struct test *next; /* of the same key */
    const struct json *node; /* the values as written */
    str name;                /* of the operator, without modifiers */
    bool variables;          /* the values may hold some */
    uint32_t count;
    union {
        const struct pattern *patterns; /* strings, ARNs, booleans, bytes */
        const struct decimal *numbers;
        const struct instant *dates;
        const struct cidr *ranges;
    };
};

enum key_form { KEY_ABSENT, KEY_ONE, KEY_MANY };
struct key_state {
    enum key_form form;
    const struct letters *values;
    uint32_t count;
};

/* Which form AWS gives a key, so that examples look like requests. */
enum key_habit { HABIT_SOMETIMES, HABIT_ALWAYS, HABIT_MANY };
struct key_nature {
    enum key_habit habit;
    bool single; /* never a list */
    bool filled; /* a list of it never has an empty text */
};

struct demand { /* the test must hold, or must not */
    const struct test *test;
    bool holds;
};

/* The same question, and so the same answer for every value of the key. */
bool test_same(const struct test *a, const struct test *b);
/* Exact for texts without variables. */
bool test_holds(struct work *work, const struct test *test, const struct key_state *state);
/* A state that meets all demands. VERDICT_OPEN also when operators of different types meet on one
 * key and no state was found. */
enum verdict key_solve(struct work *work, const struct demand *demands, size_t count,
                       struct key_nature nature, struct key_state *ret);

/* In value.c: texts that stand for every different answer the tests of one type can give. */
struct candidates {
    struct letters *items;
    size_t count, cap;
};
bool candidates_of(struct work *work, enum operand_type type, const struct test *const *tests,
                   size_t count, struct candidates *ret);
/* Whether the text is a value of the type the test's key has. */
bool test_reads(struct work *work, const struct test *test, struct letters text);
/* Whether a policy value hits the text (before negation). */
bool test_hits(struct work *work, const struct test *test, struct letters text);

#endif
