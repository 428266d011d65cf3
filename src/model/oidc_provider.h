/* OpenID Connect providers of an account: whose tokens may assume its roles, and for which clients. */
#ifndef MANTLE_MODEL_OIDC_PROVIDER_H
#define MANTLE_MODEL_OIDC_PROVIDER_H

#include <stddef.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct oidc_provider {
    struct entity entity; /* named by the URL without its scheme */
    str url;              /* what `iss` must say, byte for byte */
    str thumbprints;      /* 40 hexadecimal digits each, spaces between; may be empty */
};

/* The URL without "https://" or "http://": in ARNs, in answers, before the colon of condition keys. */
str oidc_url_name(str url);

/* RC_EXISTS, RC_LIMIT (OpenIdConnectProvidersPerAccount). entity.account and url are given. */
MUST_CHECK enum rc oidc_provider_insert(struct txn *txn, const struct env *env,
                                        struct oidc_provider *provider, struct arena *arena);
/* RC_NOENT, RC_SYNTAX (not an ARN of a provider). */
MUST_CHECK enum rc oidc_provider_by_arn(struct txn *txn, str arn, struct arena *arena,
                                        struct oidc_provider *ret);
/* The account's provider whose URL is exactly this one. RC_NOENT. */
MUST_CHECK enum rc oidc_provider_by_url(struct txn *txn, int64_t account, str url,
                                        struct arena *arena, struct oidc_provider *ret);
MUST_CHECK enum rc oidc_provider_set_thumbprints(struct txn *txn,
                                                 const struct oidc_provider *provider,
                                                 str thumbprints);
MUST_CHECK enum rc oidc_provider_delete(struct txn *txn, const struct oidc_provider *provider);

/* In the order they were given. */
MUST_CHECK enum rc oidc_clients(struct txn *txn, str provider_id, struct arena *arena, str **ret,
                                size_t *ret_count);
/* Adding one that is there changes nothing. RC_LIMIT (ClientIdsPerOpenIdConnectProvider). */
MUST_CHECK enum rc oidc_client_add(struct txn *txn, const struct oidc_provider *provider,
                                   str client_id, struct arena *arena);
/* Removing one that is not there changes nothing. */
MUST_CHECK enum rc oidc_client_remove(struct txn *txn, const struct oidc_provider *provider,
                                      str client_id);
/* RC_NOENT. */
MUST_CHECK enum rc oidc_client_find(struct txn *txn, str provider_id, str client_id,
                                    struct arena *arena);

#endif
