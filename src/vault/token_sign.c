/* Keys an account signs tokens with: made here, used here, wrapped everywhere else. OpenSSL holds the
 * key in its own memory while it signs, and wipes it behind. */
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "vault/inside.h"

enum { DER_BYTES_MAX = 4096, RSA_BITS = 2048, P384_BYTES = 48, SIGNATURE_BYTES_MAX = 512 };

static EVP_PKEY *generate(enum vault_token_alg alg)
{
    switch (alg) {
    case VAULT_RS256:
        return EVP_RSA_gen(RSA_BITS);
    case VAULT_ES384:
        return EVP_EC_gen("P-384");
    }
    return NULL;
}

static enum rc number(EVP_PKEY *key, const char *name, size_t bytes, struct arena *arena, str *ret)
{
    BIGNUM *n = NULL;
    char *room;
    int len;

    if (EVP_PKEY_get_bn_param(key, name, &n) != 1) {
        return RC_IO;
    }
    len = bytes > 0 ? (int)bytes : BN_num_bytes(n);
    room = arena_bytes(arena, (size_t)len);
    if (room != NULL) {
        len = BN_bn2binpad(n, (unsigned char *)room, len);
    }
    BN_free(n);
    if (room == NULL) {
        return RC_NOMEM;
    }
    *ret = str_from(room, (size_t)len);
    return len > 0 ? RC_OK : RC_IO;
}

static enum rc public_of(EVP_PKEY *key, enum vault_token_alg alg, struct arena *arena,
                         struct vault_public_key *ret)
{
    switch (alg) {
    case VAULT_RS256:
        TRY(number(key, OSSL_PKEY_PARAM_RSA_N, 0, arena, &ret->a));
        return number(key, OSSL_PKEY_PARAM_RSA_E, 0, arena, &ret->b);
    case VAULT_ES384:
        TRY(number(key, OSSL_PKEY_PARAM_EC_PUB_X, P384_BYTES, arena, &ret->a));
        return number(key, OSSL_PKEY_PARAM_EC_PUB_Y, P384_BYTES, arena, &ret->b);
    }
    return RC_UNSUPPORTED;
}

static enum rc wrap_key(struct vault *vault, str about, EVP_PKEY *key, struct arena *arena,
                        str *ret)
{
    unsigned char *der = sodium_malloc(DER_BYTES_MAX), *at = der;
    int len = i2d_PrivateKey(key, NULL);
    enum rc rc = RC_NOMEM;

    if (der != NULL && len > 0 && len <= DER_BYTES_MAX) {
        len = i2d_PrivateKey(key, &at);
        rc = vault_wrap(vault, about, str_from((char *)der, (size_t)len), arena, ret);
    }
    sodium_free(der);
    return rc;
}

enum rc vault_new_token_key(struct vault *vault, enum vault_token_alg alg, str about,
                            struct arena *arena, str *ret_wrapped, struct vault_public_key *ret)
{
    EVP_PKEY *key = generate(alg);
    enum rc rc = key == NULL ? RC_NOMEM : public_of(key, alg, arena, ret);

    if (rc == RC_OK) {
        rc = wrap_key(vault, about, key, arena, ret_wrapped);
    }
    EVP_PKEY_free(key);
    return rc;
}

static enum rc unwrap_key(struct vault *vault, enum vault_token_alg alg, str about, str wrapped,
                          EVP_PKEY **ret)
{
    int type = alg == VAULT_RS256 ? EVP_PKEY_RSA : EVP_PKEY_EC;
    const unsigned char *at;
    unsigned char *der;
    size_t len;
    enum rc rc;

    if (wrapped.len <= CAPSULE_EXTRA_BYTES || wrapped.len > DER_BYTES_MAX) {
        return RC_CORRUPT;
    }
    len = wrapped.len - CAPSULE_EXTRA_BYTES;
    der = sodium_malloc(len);
    if (der == NULL) {
        return RC_NOMEM;
    }
    rc = capsule_open(vault, VAULT_MASTER, about, wrapped, der);
    at = der;
    *ret = rc == RC_OK ? d2i_PrivateKey(type, NULL, &at, (long)len) : NULL;
    sodium_free(der);
    return *ret != NULL ? RC_OK : rc == RC_NOMEM ? rc : RC_CORRUPT;
}

static enum rc sign(EVP_PKEY *key, enum vault_token_alg alg, str message, unsigned char *out,
                    size_t *len)
{
    const EVP_MD *digest = alg == VAULT_RS256 ? EVP_sha256() : EVP_sha384();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx != NULL && EVP_DigestSignInit(ctx, NULL, digest, NULL, key) == 1 &&
                EVP_DigestSign(ctx, out, len, (const unsigned char *)message.ptr, message.len) == 1;

    EVP_MD_CTX_free(ctx);
    return good ? RC_OK : RC_NOMEM;
}

/* JOSE wants r and s one behind the other (RFC 7518, 3.4). */
static enum rc raw_signature(const unsigned char *der, size_t len, unsigned char *raw)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool good = sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, P384_BYTES) > 0 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + P384_BYTES, P384_BYTES) > 0;

    ECDSA_SIG_free(sig);
    return good ? RC_OK : RC_NOMEM;
}

enum rc vault_sign_token(struct vault *vault, enum vault_token_alg alg, str about, str wrapped,
                         str message, struct arena *arena, str *ret_signature)
{
    unsigned char made[SIGNATURE_BYTES_MAX], raw[2 * P384_BYTES];
    size_t len = sizeof(made);
    EVP_PKEY *key = NULL;
    str signature;
    enum rc rc;

    TRY(unwrap_key(vault, alg, about, wrapped, &key));
    rc = sign(key, alg, message, made, &len);
    EVP_PKEY_free(key);
    TRY(rc);
    signature = str_from((char *)made, len);
    if (alg == VAULT_ES384) {
        TRY(raw_signature(made, len, raw));
        signature = str_from((char *)raw, sizeof(raw));
    }
    *ret_signature = arena_str(arena, signature);
    return ret_signature->ptr == NULL ? RC_NOMEM : RC_OK;
}
