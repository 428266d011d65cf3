/* Session tokens of a Mantle server: what they say, and the secrets of their access keys, so that another
 * program can let in requests made with temporary credentials.
 *
 *   mantle_token_keys_read   the server's token keys, from the text of DIR/keys/token.keys
 *   mantle_session_open      token -> session: whose, until when, with which policies and tags
 *   mantle_session_signing_key   to verify a request that was signed with the temporary key
 *
 * Who holds the token keys can make tokens, too: keep the file as the server does, readable by its owner
 * only. A session says what was true when it was issued. Whether the role, user or key behind it is still
 * there, or its sessions were revoked, only the server knows. */
#ifndef MANTLE_SESSION_H
#define MANTLE_SESSION_H

#include <mantle/sigv4.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MANTLE_TOKEN_KEYS_MAX 64

/* Immutable: threads may share them. Kept in ordinary memory of the allocator, wiped when freed. */
typedef struct mantle_token_keys mantle_token_keys;

/* text: of the file, which is not needed afterwards; wipe it. Read it again after the server has rotated
 * its keys: tokens of a key that is not in it are refused. MANTLE_CORRUPT: not the text of token keys, or
 * changed since it was written; MANTLE_NO_MEMORY, MANTLE_INVALID. Free *ret with
 * mantle_token_keys_free. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_token_keys_read(const mantle_allocator *allocator,
                                                              mantle_str text,
                                                              mantle_token_keys **ret);
MANTLE_API void mantle_token_keys_free(mantle_token_keys *keys); /* accepts NULL; wipes */

typedef enum mantle_session_kind {
    MANTLE_SESSION_ROLE = 1,     /* AssumeRole and its siblings */
    MANTLE_SESSION_USER = 2,     /* GetSessionToken */
    MANTLE_SESSION_FEDERATED = 3 /* GetFederationToken */
} mantle_session_kind;

typedef struct mantle_session_tag {
    mantle_str key, value;
    bool transitive;
} mantle_session_tag;

typedef struct mantle_session_key { /* what an identity provider said: "saml:sub" */
    mantle_str key, value;
} mantle_session_key;

typedef struct mantle_session_info { /* views into the session */
    mantle_session_kind kind;
    mantle_str account;           /* twelve digits */
    mantle_str unique_id;         /* of the role ("AROA...") or user; the account for its root */
    mantle_str name;              /* role session name or federated user name */
    mantle_str source_identity;   /* absent when none */
    mantle_str issuer_key_id;     /* access key that asked for it */
    int64_t issued_s, expires_s;  /* seconds since 1970 */
    int64_t mfa_s;                /* when MFA was shown; 0: never */
    uint32_t chain_depth;         /* roles assumed before this one */
    mantle_str policy;            /* inline session policy as given; absent when none */
    const mantle_str *policy_ids; /* unique ids of managed session policies */
    size_t policy_id_count;
    const mantle_session_tag *tags;
    size_t tag_count;
    const mantle_session_key *keys;
    size_t key_count;
} mantle_session_info;

typedef struct mantle_session mantle_session;

/* access_key_id: the one the request was signed with; a token is sealed for its own. now_s: seconds since
 * 1970. MANTLE_SYNTAX: never a token of such a server; MANTLE_DENIED: not sealed with these keys for this
 * access key; MANTLE_EXPIRED; MANTLE_NO_MEMORY, MANTLE_INVALID. The cipher's context is libcrypto's own
 * memory, for the time of the call. Free *ret with mantle_session_free.
 *
 * Opening a token says who the session is; that the caller holds its secret is what
 * mantle_sigv4_verify says. Ask both. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_session_open(const mantle_allocator *allocator,
                                                           const mantle_token_keys *keys,
                                                           mantle_str access_key_id,
                                                           mantle_str token, int64_t now_s,
                                                           mantle_session **ret);
MANTLE_API void mantle_session_free(mantle_session *session); /* accepts NULL */
/* Immutable, owned by the session. NULL for NULL. */
MANTLE_API const mantle_session_info *mantle_session_info_of(const mantle_session *session);

/* The signing key of a temporary access key. date, region, service: as in the claim. MANTLE_SYNTAX,
 * MANTLE_DENIED (a key that is not among these), MANTLE_INVALID. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_session_signing_key(
    const mantle_token_keys *keys, mantle_str access_key_id, mantle_str token, mantle_str date,
    mantle_str region, mantle_str service, mantle_signing_key *ret);

#ifdef __cplusplus
}
#endif

#endif
