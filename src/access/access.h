/* Who calls, and may they. The one choke point for authentication and the one for decisions: no
 * handler verifies a signature or reads a policy. */
#ifndef MANTLE_ACCESS_ACCESS_H
#define MANTLE_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/session.h"
#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "policy/policy.h"

struct subject; /* one principal's compiled policies: immutable, cached per loop */

struct caller { /* an authenticated principal; views into the request's arena and the subject */
    enum principal_type type;
    int64_t account;
    str account_text;
    str arn;     /* GetCallerIdentity's Arn */
    str user_id; /* GetCallerIdentity's UserId and aws:userid: AIDA..., AROA...:session, account */
    str unique_id; /* of the user or role behind; the account number for root */
    str name;      /* user or role name; absent for root */
    str role_arn;  /* role sessions: with path */
    str access_key_id;
    bool temporary;                /* came with a session token */
    const struct session *session; /* opened capsule; NULL for long-term keys */
    const struct subject *subject;
};

#endif
