/* Roles as answers show them; instance profiles show them too. */
#ifndef MANTLE_SERVICE_IAM_ROLE_H
#define MANTLE_SERVICE_IAM_ROLE_H

#include <stddef.h>

#include "base/rc.h"
#include "service/iam/iam_api.h"

struct entity;
struct role;
struct rq;

/* The members every answer has. */
MUST_CHECK enum rc iam_role_view(struct rq *rq, const struct role *role, struct iam_Role *ret);
/* RoleLastUsed: empty when never used. */
MUST_CHECK enum rc iam_role_last_used(struct rq *rq, const struct role *role,
                                      struct iam_RoleLastUsed **ret);
/* Instance profiles, each with its role; without tags. */
MUST_CHECK enum rc iam_profile_views(struct rq *rq, const struct entity *profiles, size_t count,
                                     struct iam_InstanceProfile_list *ret);

#endif
