/* A session: what a sealed session token says. Not a row: everything is in the token. */
#ifndef MANTLE_TOKEN_SESSION_H
#define MANTLE_TOKEN_SESSION_H

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
                    SESSION_ROOT_TASK = 4, /* AssumeRoot */
};

struct session_tag {
    str key, value;
    bool transitive;
};

/* A context key the session keeps for all its requests: what its identity provider said of it. */
struct session_key {
    str key, value; /* "aws:FederatedProvider", "saml:sub", "gitlab.example.org:sub" */
};

enum { /* what AWS's limits allow in one token; a capsule that says more was not made by us */
       SESSION_TAGS_MAX = 50,
       SESSION_POLICY_IDS_MAX = 10,
       SESSION_KEYS_MAX = 16,
       SESSION_POLICY_BYTES_MAX = 4096, /* 2,048 characters up to U+00FF */
       SESSION_BYTES_MAX = 32 * 1024,   /* of a capsule before sealing */
       SESSION_DICTIONARY_BYTES_MAX = 4096,
};

struct session {
    enum session_kind kind;
    int64_t account;
    str unique_id;     /* the role's, or the user's behind; the account number for root */
    str name;          /* role session name, federated user name, organization of a root task */
    str access_key_id; /* ASIA...; stands outside the capsule, which is sealed about it */
    int64_t issued_s, expires_s;
    str source_identity; /* absent when none */
    int64_t mfa_s;       /* when MFA was shown; 0: never */
    const struct session_tag *tags;
    size_t tag_count;
    str policy;            /* inline session policy as given; absent when none */
    const str *policy_ids; /* unique ids of managed session policies */
    size_t policy_id_count;
    const struct session_key *keys; /* federated sessions; none otherwise */
    size_t key_count;
    unsigned chain_depth; /* roles assumed before this one */
    str issuer_key_id;    /* access key that asked for it: for the trail */
};

/* Compact binary, versioned. `packed` is session->policy as session_pack gave it, or absent when
 * the policy is absent. The text is in the arena. RC_LIMIT past SESSION_BYTES_MAX. */
MUST_CHECK enum rc session_encode(const struct session *session, str packed, struct arena *arena,
                                  str *ret);
/* The exact opposite; everything but access_key_id. Views into `capsule` and the arena.
 * RC_SYNTAX for anything session_encode does not write. */
MUST_CHECK enum rc session_decode(str capsule, struct arena *arena, struct session *ret);

/* The opposite; plain_len is what the policy's length was. RC_SYNTAX when it does not come out so. */
MUST_CHECK enum rc session_unpack(str packed, size_t plain_len, struct arena *arena,
                                  str *ret_policy);

/* The phrases session policies are packed against. Part of token version 1: changing a byte makes live
 * sessions unreadable. */
extern const str session_dictionary;

#endif
