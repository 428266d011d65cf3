/* What a web identity token says, as sts:AssumeRoleWithWebIdentity uses it. Pure but for the arena. */
#ifndef MANTLE_SERVICE_STS_WEB_IDENTITY_H
#define MANTLE_SERVICE_STS_WEB_IDENTITY_H

#include "codec/jose.h"
#include "policy/policy.h"
#include "service/sts/sts.h"

enum {
    WEB_IDENTITY_SKEW_S = 60,
    WEB_IDENTITY_CLAIMS_MAX = 128, /* that become condition keys */
    WEB_IDENTITY_SUBJECT_CHARS_MAX = 255,
};

struct web_identity {
    struct jwt jwt;
    str issuer, subject;
    str audience;         /* azp where there is one, else aud: what must be a client id */
    const str *audiences; /* of the aud claim */
    size_t audience_count;
    int64_t expires_s, not_before_s, issued_s; /* 0: not said */
};

/* Reads; nothing is verified. InvalidIdentityToken. */
MUST_CHECK enum rc web_identity_read(struct rq *rq, str token, struct web_identity *ret);
/* ExpiredTokenException, InvalidIdentityToken. */
MUST_CHECK enum rc web_identity_check_times(struct rq *rq, const struct web_identity *who);

/* Condition keys of the trust policy: NAME:aud, NAME:oaud, NAME:sub, NAME:amr and every other claim
 * that is a text, a number, a truth value or a list of texts, NAME being the issuer without its
 * scheme. More than AWS has for most providers; what AWS has is among them. */
MUST_CHECK enum rc web_identity_keys(struct rq *rq, const struct web_identity *who, str name,
                                     const struct context_entry **ret, size_t *ret_count);
/* Session tags, transitive keys and source identity; InvalidIdentityToken. */
MUST_CHECK enum rc web_identity_session(struct rq *rq, const struct web_identity *who,
                                        struct sts_federation *federation);

#endif
