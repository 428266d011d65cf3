/* Accounts as issuers of tokens, as the outside sees them:
 *   PUBLIC-URL/issuer/UUID/.well-known/openid-configuration
 *   PUBLIC-URL/issuer/UUID/.well-known/jwks.json */
#ifndef MANTLE_SERVICE_ISSUER_H
#define MANTLE_SERVICE_ISSUER_H

#include <stdbool.h>

#include "base/rc.h"
#include "base/str.h"

struct http_exchange;
struct pipeline_loop;
struct rq;

/* In the arena. */
MUST_CHECK enum rc issuer_url(struct rq *rq, str id, str *ret);
/* Whether `iss` is the URL of an issuer of ours. */
bool issuer_is_ours(struct rq *rq, str iss);
/* False when the path is none of theirs; else the exchange is filled. */
bool issuer_serve(struct pipeline_loop *loop, struct http_exchange *exchange);

#endif
