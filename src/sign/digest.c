/* The low-level functions of libcrypto are deprecated since 3.0, not removed. The EVP way costs a
 * provider look-up and two indirect calls per step: as much again as hashing a short request
 * (bench/sigv4 prints both). It is also the only way to keep the state behind an HMAC's padded key
 * as sixteen words instead of a heap object. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sign/digest.h"

#include <endian.h>
#include <openssl/sha.h>

#include "base/bytes.h"

enum { BLOCK_BYTES = 64 };

/* SHA256_Final without its bookkeeping: pads what is left over and compresses once or twice.
 * total: bytes hashed in all, those of a resumed state included. ctx holds whole blocks only. */
static void finish(SHA256_CTX *ctx, const char *rest, size_t rest_len, uint64_t total,
                   uint8_t ret[SHA256_BYTES])
{
    uint8_t block[2 * BLOCK_BYTES] = { 0 };
    size_t len = rest_len + 9 <= BLOCK_BYTES ? BLOCK_BYTES : sizeof(block);
    uint64_t bits = htobe64(total * 8);

    if (rest_len > 0) {
        memcpy(block, rest, rest_len);
    }
    block[rest_len] = 0x80;
    memcpy(block + len - sizeof(bits), &bits, sizeof(bits));
    if (len == BLOCK_BYTES) {
        SHA256_Transform(ctx, block);
    } else { /* both blocks in one call: each call loads and stores the state anew */
        ctx->num = 0;
        (void)SHA256_Update(ctx, block, len);
    }
    for (size_t i = 0; i < 8; i++) {
        uint32_t word = htobe32(ctx->h[i]);
        memcpy(ret + 4 * i, &word, sizeof(word));
    }
}

/* All of data, after `before` bytes that are in ctx already. */
static void run(SHA256_CTX *ctx, str data, uint64_t before, uint8_t ret[SHA256_BYTES])
{
    size_t whole = data.len / BLOCK_BYTES * BLOCK_BYTES;

    if (whole > 0) {
        (void)SHA256_Update(ctx, data.ptr, whole);
    }
    finish(ctx, whole > 0 ? data.ptr + whole : data.ptr, data.len - whole, before + data.len, ret);
}

void sha256(str data, uint8_t ret[SHA256_BYTES])
{
    SHA256_CTX ctx;

    (void)SHA256_Init(&ctx);
    run(&ctx, data, 0, ret);
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

_Static_assert(sizeof(SHA256_CTX) == sizeof(struct sha256_state),
               "the header has room for libcrypto's state");

static SHA256_CTX *context_of(struct sha256_state *state)
{
    return (SHA256_CTX *)(void *)state;
}

void sha256_start(struct sha256_state *state)
{
    (void)SHA256_Init(context_of(state));
}

void sha256_add(struct sha256_state *state, str data)
{
    if (data.len > 0) {
        (void)SHA256_Update(context_of(state), data.ptr, data.len);
    }
}

void sha256_end(struct sha256_state *state, uint8_t ret[SHA256_BYTES])
{
    (void)SHA256_Final(ret, context_of(state));
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
    memcpy(ctx->h, state, sizeof(ctx->h));
    ctx->Nl = BLOCK_BYTES * 8; /* one block is behind us, counted in bits */
    ctx->Nh = 0;
    ctx->num = 0;
    ctx->md_len = SHA256_BYTES;
}

static void hmac_outer(const struct hmac_key *key, SHA256_CTX *ctx,
                       const uint8_t inner[SHA256_BYTES], uint8_t ret[SHA256_BYTES])
{
    resume(ctx, key->outer);
    finish(ctx, (const char *)inner, SHA256_BYTES, BLOCK_BYTES + SHA256_BYTES, ret);
    wipe(ctx->h, sizeof(ctx->h));
}

void hmac_with(const struct hmac_key *key, str data, uint8_t ret[SHA256_BYTES])
{
    uint8_t inner[SHA256_BYTES];
    SHA256_CTX ctx;

    resume(&ctx, key->inner);
    run(&ctx, data, BLOCK_BYTES, inner);
    hmac_outer(key, &ctx, inner, ret);
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
    hmac_outer(key, &ctx, inner, ret);
}

void hmac_sha256(const void *key, size_t key_len, str data, uint8_t ret[SHA256_BYTES])
{
    struct hmac_key ready;

    hmac_key_init(&ready, key, key_len);
    hmac_with(&ready, data, ret);
    wipe(&ready, sizeof(ready));
}
