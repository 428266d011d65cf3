/* A session: what a sealed session token says. Not a row: everything is in the token. */
#ifndef MANTLE_ACCESS_SESSION_H
#define MANTLE_ACCESS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum session_kind {                        /* in tokens: never renumber */
                    SESSION_ROLE = 1,      /* AssumeRole and its siblings */
                    SESSION_USER = 2,      /* GetSessionToken */
                    SESSION_FEDERATED = 3, /* GetFederationToken */
};

struct session_tag {
    str key, value;
    bool transitive;
};

struct session {
    enum session_kind kind;
    int64_t account;
    str unique_id;     /* the role's, or the user's behind; the account number for root */
    str name;          /* role session name or federated user name */
    str access_key_id; /* ASIA..., also bound to the token from outside */
    int64_t issued_s, expires_s;
    str source_identity; /* absent when none */
    int64_t mfa_s;       /* when MFA was shown; 0: never */
    const struct session_tag *tags;
    size_t tag_count;
    str policy;            /* inline session policy as given; absent when none */
    const str *policy_ids; /* unique ids of managed session policies */
    size_t policy_id_count;
    unsigned chain_depth; /* roles assumed before this one */
    str issuer_key_id;    /* access key that asked for it: for the trail */
};

#endif
