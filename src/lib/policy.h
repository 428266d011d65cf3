/* What the files of lib/ that take policies share. */
#ifndef MANTLE_LIB_POLICY_H
#define MANTLE_LIB_POLICY_H

#include <mantle/policy.h>

#include "lib/object.h"
#include "policy/policy.h"

struct mantle_policy {
    struct object object;
    const struct policy_document *document;
    str text; /* in the arena */
};

/* Into the arena: views of the host's sources. RC_NOMEM; MANTLE_INVALID for what is none. */
MUST_CHECK mantle_rc sources_convert(const mantle_policy_source *sources, size_t count,
                                     struct arena *arena, struct policy_source **ret);

static inline const struct policy_request *request_of(const mantle_policy_request *request)
{
    return (const struct policy_request *)(const void *)request;
}

static inline const struct policy_stack *stack_of(const mantle_policy_stack *stack)
{
    return (const struct policy_stack *)(const void *)stack;
}

bool kind_of(mantle_policy_kind kind, enum policy_kind *ret);

#endif
