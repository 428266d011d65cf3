#include "vault/totp.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "codec/base64.h"
#include "vault/inside.h"

enum { SHA1_BYTES = 20, SEED_BYTES_MAX = 64, MODULUS = 1000000 };

enum rc totp_new_seed(struct vault *vault, str about, struct arena *arena, str *ret_wrapped,
                      str *ret_base32)
{
    uint8_t seed[TOTP_SEED_BYTES];
    buf text = buf_arena(arena, SIZE_MAX);
    enum rc rc = vault->env->random(vault->env, seed, sizeof(seed));

    if (rc == RC_OK) {
        base32_encode(seed, sizeof(seed), &text);
        rc = text.err;
    }
    if (rc == RC_OK) {
        rc = vault_wrap(vault, about, str_from((const char *)seed, sizeof(seed)), arena,
                        ret_wrapped);
    }
    wipe(seed, sizeof(seed));
    if (rc == RC_OK) {
        *ret_base32 = buf_str(&text);
    }
    return rc;
}

/* RFC 4226, section 5.3: dynamic truncation. */
static uint32_t truncated(const uint8_t mac[SHA1_BYTES])
{
    size_t at = mac[SHA1_BYTES - 1] & 0x0f;
    uint32_t bits = ((uint32_t)(mac[at] & 0x7f) << 24) | ((uint32_t)mac[at + 1] << 16) |
                    ((uint32_t)mac[at + 2] << 8) | mac[at + 3];

    return bits % MODULUS;
}

static bool one_code(EVP_MAC_CTX *ctx, int64_t step, uint32_t *ret)
{
    uint8_t counter[8], mac[SHA1_BYTES];
    size_t len = 0;
    bool good;

    for (int i = 0; i < 8; i++) {
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    }
    /* Without a key: the one set before is kept, made ready. */
    good = EVP_MAC_init(ctx, NULL, 0, NULL) == 1 &&
           EVP_MAC_update(ctx, counter, sizeof(counter)) == 1 &&
           EVP_MAC_final(ctx, mac, &len, sizeof(mac)) == 1 && len == sizeof(mac);
    if (good) {
        *ret = truncated(mac);
    }
    wipe(mac, sizeof(mac));
    return good;
}

static enum rc codes_of(const uint8_t *seed, size_t seed_len, int64_t first, size_t count,
                        uint32_t *ret)
{
    char digest[] = "SHA1";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                            OSSL_PARAM_construct_end() };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    bool good = ctx != NULL && EVP_MAC_init(ctx, seed, seed_len, params) == 1;

    for (size_t i = 0; i < count && good; i++) {
        good = one_code(ctx, first + (int64_t)i, &ret[i]);
    }
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return good ? RC_OK : RC_NOMEM; /* libcrypto fails for want of memory only */
}

enum rc totp_codes(struct vault *vault, str about, str wrapped, int64_t first, size_t count,
                   uint32_t *ret_codes)
{
    uint8_t seed[SEED_BYTES_MAX];
    size_t len = wrapped.len - CAPSULE_EXTRA_BYTES;
    enum rc rc;

    if (wrapped.len <= CAPSULE_EXTRA_BYTES || len > sizeof(seed)) {
        return RC_CORRUPT;
    }
    rc = capsule_open(vault, VAULT_MASTER, about, wrapped, seed);
    if (rc != RC_OK) {
        return rc == RC_NOMEM ? rc : RC_CORRUPT;
    }
    rc = codes_of(seed, len, first, count, ret_codes);
    wipe(seed, sizeof(seed));
    return rc;
}
