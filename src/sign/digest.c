/* The low-level functions of libcrypto are deprecated since 3.0, not removed. The EVP way costs a
 * provider look-up and two indirect calls per step: as much again as hashing a short request
 * (bench/sigv4 prints both). It is also the only way to keep the state behind an HMAC's padded key
 * as sixteen words instead of a heap object. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sign/digest.h"

#include <openssl/sha.h>

#include "base/bytes.h"

enum { BLOCK_BYTES = 64 };

void sha256(str data, uint8_t ret[SHA256_BYTES])
{
    sha256_parts(&data, 1, ret);
}

void sha256_parts(const str *parts, size_t count, uint8_t ret[SHA256_BYTES])
{
    SHA256_CTX ctx;

    (void)SHA256_Init(&ctx);
    for (size_t i = 0; i < count; i++) {
        (void)SHA256_Update(&ctx, parts[i].ptr, parts[i].len);
    }
    (void)SHA256_Final(ret, &ctx);
}

static void pad_state(const uint8_t key[BLOCK_BYTES], uint8_t pad, uint32_t ret_state[8])
{
    uint8_t block[BLOCK_BYTES];
    SHA256_CTX ctx;

    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        block[i] = key[i] ^ pad;
    }
    (void)SHA256_Init(&ctx);
    SHA256_Transform(&ctx, block);
    memcpy(ret_state, ctx.h, sizeof(ctx.h));
    wipe(block, sizeof(block));
    wipe(&ctx, sizeof(ctx));
}

void hmac_key_init(struct hmac_key *key, const void *bytes, size_t len)
{
    uint8_t padded[BLOCK_BYTES] = { 0 };

    if (len > BLOCK_BYTES) { /* RFC 2104, section 2 */
        sha256(str_from(bytes, len), padded);
    } else if (len > 0) {
        memcpy(padded, bytes, len);
    }
    pad_state(padded, 0x36, key->inner);
    pad_state(padded, 0x5c, key->outer);
    wipe(padded, sizeof(padded));
}

static void resume(SHA256_CTX *ctx, const uint32_t state[8])
{
    memset(ctx, 0, sizeof(*ctx));
    memcpy(ctx->h, state, sizeof(ctx->h));
    ctx->Nl = BLOCK_BYTES * 8; /* one block is behind us, counted in bits */
    ctx->md_len = SHA256_BYTES;
}

void hmac_with_parts(const struct hmac_key *key, const str *parts, size_t count,
                     uint8_t ret[SHA256_BYTES])
{
    uint8_t inner[SHA256_BYTES];
    SHA256_CTX ctx;

    resume(&ctx, key->inner);
    for (size_t i = 0; i < count; i++) {
        (void)SHA256_Update(&ctx, parts[i].ptr, parts[i].len);
    }
    (void)SHA256_Final(inner, &ctx);
    resume(&ctx, key->outer);
    (void)SHA256_Update(&ctx, inner, sizeof(inner));
    (void)SHA256_Final(ret, &ctx);
    wipe(&ctx, sizeof(ctx));
}

void hmac_with(const struct hmac_key *key, str data, uint8_t ret[SHA256_BYTES])
{
    hmac_with_parts(key, &data, 1, ret);
}

void hmac_sha256(const void *key, size_t key_len, str data, uint8_t ret[SHA256_BYTES])
{
    struct hmac_key ready;

    hmac_key_init(&ready, key, key_len);
    hmac_with(&ready, data, ret);
    wipe(&ready, sizeof(ready));
}
