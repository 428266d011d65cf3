/* Deciding with context keys that are not known: what holds whatever their values are, and what may
 * hold for some. For questions about principals rather than requests: who can? */
#ifndef MANTLE_POLICY_MAYBE_H
#define MANTLE_POLICY_MAYBE_H

#include "policy/explain.h"

enum maybe { MAYBE_NO, MAYBE_DEPENDS, MAYBE_YES };

/* A statement that applies, or may; and the conditions that it depends on. */
struct maybe_match {
    struct policy_match match;
    enum maybe applies;
    const struct condition_view
        *conditions; /* on keys that are not known, or with variables of them */
    size_t condition_count;
    bool resource_depends; /* a variable in its resources is of a key that is not known */
};

struct maybe_decision {
    enum maybe allowed; /* YES: whatever the unknown keys are; DEPENDS: for some values maybe */
    bool denied;        /* NO, because of a Deny that applies whatever they are */
    struct decision decision; /* at best: denies that depend do not apply, allows that depend do */
    const struct maybe_match *matches; /* in the order of policy_matches */
    size_t match_count;
};

/* Of the stack: identity, boundary, resource. A context key is known when the request has it, or
 * when `absent` (names in lower case; one that ends with '/' is a prefix) says that it is not
 * there. RC_NOMEM. */
MUST_CHECK enum rc policy_maybe(const struct policy_stack *stack,
                                const struct policy_request *request, const str *absent,
                                size_t absent_count, struct arena *arena,
                                struct maybe_decision *ret);

#endif
