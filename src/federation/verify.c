#include "federation/verify.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "sign/libcrypto.h"

enum { KEYS_BYTES_MAX = 16 << 20, POINT_BYTES_MAX = 1 + 2 * 66, DER_BYTES_MAX = 160 };

struct issuer_key {
    struct jwk jwk;
    EVP_PKEY *pkey;
};

struct issuer_keys {
    atomic_uint refs;
    size_t count;
    struct issuer_key *keys;
    struct arena arena;
};

/* --- making ------------------------------------------------------------------------------------- */

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return pkey;
}

static EVP_PKEY *make_rsa(const struct jwk *jwk)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn((const unsigned char *)jwk->n.ptr, (int)jwk->n.len, NULL);
    BIGNUM *e = BN_bin2bn((const unsigned char *)jwk->e.ptr, (int)jwk->e.len, NULL);
    EVP_PKEY *pkey = NULL;

    if (build != NULL && n != NULL && e != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        pkey = from_params("RSA", build);
    }
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return pkey;
}

static const char *group_of(enum jwk_type type)
{
    return type == JWK_P256 ? "prime256v1" : type == JWK_P384 ? "secp384r1" : "secp521r1";
}

static EVP_PKEY *make_ec(const struct jwk *jwk)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    unsigned char point[POINT_BYTES_MAX] = { 0x04 }; /* uncompressed */
    size_t len = 1 + jwk->x.len + jwk->y.len;
    EVP_PKEY *pkey = NULL;

    memcpy(point + 1, jwk->x.ptr, jwk->x.len);
    memcpy(point + 1 + jwk->x.len, jwk->y.ptr, jwk->y.len);
    if (build != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group_of(jwk->type),
                                        0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len) == 1) {
        pkey = from_params("EC", build);
    }
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

enum rc issuer_keys_new(str jwks, struct issuer_keys **ret)
{
    struct issuer_keys *made = ALLOC_NEW(&heap, struct issuer_keys);
    struct jwk *jwk = NULL;
    size_t count = 0;
    enum rc rc;
    str kept;

    if (made == NULL) {
        return RC_NOMEM;
    }
    atomic_init(&made->refs, 1);
    arena_init(&made->arena, &heap, 4096, KEYS_BYTES_MAX);
    kept = arena_str(&made->arena, jwks);
    rc = kept.ptr == NULL ? RC_NOMEM : jwks_parse(kept, &made->arena, &jwk, &count);
    if (rc == RC_OK) {
        made->keys = NEW_ARRAY(&made->arena, count, struct issuer_key);
        rc = made->keys == NULL ? RC_NOMEM : RC_OK;
    }
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        unsigned long begun = libcrypto_begin();
        EVP_PKEY *pkey = jwk[i].type == JWK_RSA ? make_rsa(&jwk[i]) : make_ec(&jwk[i]);
        if (pkey != NULL) {
            made->keys[made->count++] = (struct issuer_key){ jwk[i], pkey };
        }
        /* A set that lacks a key for want of memory would refuse its tokens until the next one. */
        rc = libcrypto_end(begun, pkey == NULL ? RC_SYNTAX : RC_OK);
        rc = rc == RC_SYNTAX ? RC_OK : rc;
    }
    if (rc != RC_OK) {
        issuer_keys_unref(made);
        return rc;
    }
    *ret = made;
    return RC_OK;
}

void issuer_keys_ref(struct issuer_keys *keys)
{
    atomic_fetch_add_explicit(&keys->refs, 1, memory_order_relaxed);
}

void issuer_keys_unref(struct issuer_keys *keys)
{
    if (keys == NULL || atomic_fetch_sub_explicit(&keys->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < keys->count; i++) {
        EVP_PKEY_free(keys->keys[i].pkey);
    }
    arena_done(&keys->arena);
    ALLOC_FREE(&heap, keys);
}

size_t issuer_keys_count(const struct issuer_keys *keys)
{
    return keys->count;
}

/* --- verifying ---------------------------------------------------------------------------------- */

static const EVP_MD *digest_of(enum jose_alg alg)
{
    switch (alg) {
    case JOSE_RS256:
    case JOSE_ES256:
        return EVP_sha256();
    case JOSE_RS384:
    case JOSE_ES384:
        return EVP_sha384();
    case JOSE_RS512:
    case JOSE_ES512:
        return EVP_sha512();
    case JOSE_NO_ALG:
        break;
    }
    return NULL;
}

/* JOSE writes r and s one behind the other, each as long as the field (RFC 7518, 3.4). */
static bool ec_signature(const struct jwk *jwk, str raw, unsigned char *der, size_t *ret_len)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    size_t half = jwk->x.len;
    const unsigned char *bytes = (const unsigned char *)raw.ptr;
    BIGNUM *r, *s;
    int len = 0;

    if (sig == NULL || raw.len != 2 * half) {
        ECDSA_SIG_free(sig);
        return false;
    }
    r = BN_bin2bn(bytes, (int)half, NULL);
    s = BN_bin2bn(bytes + half, (int)half, NULL);
    if (r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else {
        len = i2d_ECDSA_SIG(sig, NULL);
        len = len > 0 && len <= DER_BYTES_MAX ? i2d_ECDSA_SIG(sig, &der) : 0;
    }
    ECDSA_SIG_free(sig);
    *ret_len = len > 0 ? (size_t)len : 0;
    return len > 0;
}

static bool verifies(const struct issuer_key *key, const struct jwt *jwt)
{
    unsigned char der[DER_BYTES_MAX];
    const unsigned char *sig = (const unsigned char *)jwt->signature.ptr;
    size_t len = jwt->signature.len;
    EVP_MD_CTX *ctx;
    bool good;

    if (key->jwk.type != JWK_RSA) {
        if (!ec_signature(&key->jwk, jwt->signature, der, &len)) {
            return false;
        }
        sig = der;
    }
    ctx = EVP_MD_CTX_new();
    /* RSA: PKCS #1 v1.5 is what a fresh context does, and the only padding RS256 knows. */
    good = ctx != NULL &&
           EVP_DigestVerifyInit(ctx, NULL, digest_of(jwt->alg), NULL, key->pkey) == 1 &&
           EVP_DigestVerify(ctx, sig, len, (const unsigned char *)jwt->signed_part.ptr,
                            jwt->signed_part.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

enum rc issuer_keys_verify(const struct issuer_keys *keys, const struct jwt *jwt)
{
    unsigned long begun = libcrypto_begin();
    size_t fitting = 0;
    bool good = false;

    for (size_t i = 0; i < keys->count; i++) {
        const struct issuer_key *key = &keys->keys[i];
        if (!jwk_fits(&key->jwk, jwt->alg) ||
            (jwt->kid.ptr != NULL &&
             (key->jwk.kid.ptr == NULL || !str_eq(key->jwk.kid, jwt->kid)))) {
            continue;
        }
        fitting++;
        if (jwt->kid.ptr == NULL && fitting > 1) {
            return RC_NOENT; /* which one, nobody says */
        }
        good = good || verifies(key, jwt);
    }
    if (fitting == 0) {
        return RC_NOENT;
    }
    return libcrypto_end(begun, good ? RC_OK : RC_DENIED);
}
