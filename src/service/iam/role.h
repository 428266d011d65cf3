/* Roles as answers show them; instance profiles show them too. */
#ifndef MANTLE_SERVICE_IAM_ROLE_H
#define MANTLE_SERVICE_IAM_ROLE_H

#include "base/rc.h"
#include "service/iam/iam_api.h"

struct role;
struct rq;

/* The members every answer has. */
MUST_CHECK enum rc iam_role_view(struct rq *rq, const struct role *role, struct iam_Role *ret);

#endif
