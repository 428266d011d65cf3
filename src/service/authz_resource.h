/* Which resource an operation's permission is asked for, and the context keys of the question:
 * the authz rows of api.h, applied to one request. */
#ifndef MANTLE_SERVICE_AUTHZ_RESOURCE_H
#define MANTLE_SERVICE_AUTHZ_RESOURCE_H

#include "model/entity.h"
#include "service/turn.h"

struct resource {
    str arn;                    /* or "*" */
    str account;                /* twelve digits */
    bool found;                 /* entity is an existing one; its tags count */
    struct entity entity;       /* when found */
    const struct subject *role; /* being assumed: its trust policy and tags, compiled already */
    bool is_member_root;        /* of an account of the organization that the caller's manages */
};

/* RC_API when the member that names the resource is no ARN. */
MUST_CHECK enum rc resource_resolve(struct turn *turn, const struct api_authz *authz,
                                    struct resource *ret);

/* The member of that name in the request's input: NULL when the input has none. */
const void *input_member(const struct turn *turn, str name, const struct api_shape **ret_shape);
/* A string member; absent when not sent. */
str input_str(const struct turn *turn, str name);
bool input_was_sent(const struct turn *turn, str name);

/* Context keys of a question: the row's own and the resource's tags. In the arena. */
MUST_CHECK enum rc authz_keys(struct turn *turn, const struct api_authz *authz,
                              const struct resource *resource, const struct context_entry **ret,
                              size_t *ret_count);

#endif
