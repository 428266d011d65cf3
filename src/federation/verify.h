/* Public keys of an issuer, ready to verify with, and the verification. */
#ifndef MANTLE_FEDERATION_VERIFY_H
#define MANTLE_FEDERATION_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "codec/jose.h"

struct issuer_keys; /* immutable, shared between threads, counted */

/* Of a key set as it was fetched. Keys that OpenSSL does not take (a point off its curve) are left
 * out like those jwks_parse leaves out. RC_SYNTAX, RC_LIMIT, RC_NOMEM. */
MUST_CHECK enum rc issuer_keys_new(str jwks, struct issuer_keys **ret);
void issuer_keys_ref(struct issuer_keys *keys);
void issuer_keys_unref(struct issuer_keys *keys); /* accepts NULL */
size_t issuer_keys_count(const struct issuer_keys *keys);

/* RC_OK: one of the keys made the signature. RC_NOENT: no key of the token's kid that fits its
 * algorithm (without a kid: not exactly one that fits): the issuer may have a new one. RC_DENIED: there
 * is such a key, and the signature is not its. RC_NOMEM. */
MUST_CHECK enum rc issuer_keys_verify(const struct issuer_keys *keys, const struct jwt *jwt);

#endif
