/* JOSE, the part OpenID Connect needs: compact signed tokens (RFC 7515, 7519) and sets of public keys
 * (RFC 7517, 7518). Reading only: what a token says is not true before its signature was verified
 * (federation/verify.h).
 *
 * Strict: three parts, base64url without padding and in its one canonical form, JSON without repeated
 * names. Algorithms are RS and ES with SHA-2 alone; `none` and HMAC have no name here, so no token can
 * choose them. `crit` is refused; keys and addresses of keys inside a token (jwk, jku, x5c, x5u) are
 * never looked at. */
#ifndef MANTLE_CODEC_JOSE_H
#define MANTLE_CODEC_JOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "codec/json.h"

enum jose_alg { /* the zero value verifies nothing */
                JOSE_NO_ALG,
                JOSE_RS256,
                JOSE_RS384,
                JOSE_RS512,
                JOSE_ES256,
                JOSE_ES384,
                JOSE_ES512,
};

enum { JWT_BYTES_MAX = 20000, JWKS_BYTES_MAX = 1 << 20, JWKS_KEYS_MAX = 100 };

/* "RS256"; JOSE_NO_ALG for every other name. */
enum jose_alg jose_alg_of(str name);
str jose_alg_name(enum jose_alg alg); /* absent for JOSE_NO_ALG */

struct jwt { /* views into the token and the arena */
    enum jose_alg alg;
    str kid;         /* absent when the header has none; a text to compare, nothing else */
    str signed_part; /* header and payload as sent: what the signature is over */
    str signature;
    const struct json *claims; /* an object */
};

/* RC_SYNTAX: no such token; RC_UNSUPPORTED: one we do not take (algorithm, crit); RC_NOMEM. On the
 * first two *reterr_why is a static sentence. */
MUST_CHECK enum rc jwt_parse(str text, struct arena *arena, struct jwt *ret,
                             const char **reterr_why);

/* A NumericDate claim in whole seconds, fractions cut. RC_NOENT: absent; RC_SYNTAX: no such number. */
MUST_CHECK enum rc jwt_time(const struct json *claims, str name, int64_t *ret_s);

enum jwk_type { JWK_RSA, JWK_P256, JWK_P384, JWK_P521 };

struct jwk {
    enum jwk_type type;
    enum jose_alg alg; /* the only one it may be used with; JOSE_NO_ALG: any of its type */
    str kid;           /* absent when it has none */
    str n, e;          /* RSA: big-endian bytes without leading zeros */
    str x, y;          /* EC: coordinates, as long as the curve's field */
};

/* The keys of a set that can verify signatures. Others in it (symmetric ones, other curves, for
 * encryption, RSA below 2,048 or above 8,192 bits, malformed) are left out: they must not keep the
 * good ones from use. Certificates beside a key (x5c) are not looked at: the set was fetched from the
 * issuer itself. RC_SYNTAX: no key set; RC_LIMIT: more than JWKS_KEYS_MAX keys or JWKS_BYTES_MAX bytes. */
MUST_CHECK enum rc jwks_parse(str text, struct arena *arena, struct jwk **ret, size_t *ret_count);

/* The algorithm is pinned by the key: its type, its curve, and its own `alg`. */
bool jwk_fits(const struct jwk *key, enum jose_alg alg);

#endif
