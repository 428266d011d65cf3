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

typedef uint32_t words4 __attribute__((vector_size(16)));

/* Four words at a time: what reads a digest next (the compression of an outer block, hex_encode) loads
 * sixteen bytes, and would have to wait for four separate stores to leave the store buffer. */
static void put_words(const uint32_t words[8], uint8_t ret[SHA256_BYTES])
{
    for (size_t i = 0; i < SHA256_BYTES; i += sizeof(words4)) {
        words4 four;

        memcpy(&four, words + i / 4, sizeof(four));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        four = four >> 24 | (four >> 8 & 0xff00) | (four << 8 & 0xff0000) | four << 24;
#endif
        memcpy(ret + i, &four, sizeof(four));
    }
}

/* FIPS 180-4, section 5.3.3. */
static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

/* From the start, or behind the block of an HMAC's key. */
static void resume(SHA256_CTX *ctx, const uint32_t state[8])
{
    memcpy(ctx->h, state, sizeof(ctx->h));
    ctx->Nl = state == initial ? 0 : BLOCK_BYTES * 8; /* counted in bits */
    ctx->Nh = 0;
    ctx->num = 0;
    ctx->md_len = SHA256_BYTES;
}

/* One block directly: SHA256_Update does some fifty instructions of bookkeeping first. */
static void compress(SHA256_CTX *ctx, const void *blocks, size_t count)
{
    if (count == 1) {
        SHA256_Transform(ctx, blocks);
    } else if (count > 1) { /* in one call: each loads and stores the state anew */
        ctx->num = 0;
        (void)SHA256_Update(ctx, blocks, count * BLOCK_BYTES);
    }
}

/* FIPS 180-4, section 5.1.1: a bit, zeros, the length in bits, to the end of a block. Returns how many
 * blocks that makes. before: bytes hashed before the text. */
static size_t pad(char *text, size_t len, uint64_t before)
{
    size_t count = (len + 1 + 8 + BLOCK_BYTES - 1) / BLOCK_BYTES;
    uint64_t bits = htobe64((before + len) * 8);

    memset(text + len, 0, SHA256_PADDING_MAX); /* as many as it may take: a fixed number is quick */
    text[len] = (char)0x80;
    memcpy(text + count * BLOCK_BYTES - sizeof(bits), &bits, sizeof(bits));
    return count;
}

/* SHA256_Final without its bookkeeping. ctx holds whole blocks only, `before` bytes in all. */
static void finish(SHA256_CTX *ctx, str rest, uint64_t before, uint8_t ret[SHA256_BYTES])
{
    char block[BLOCK_BYTES + SHA256_PADDING_MAX];

    if (rest.len > 0) {
        memcpy(block, rest.ptr, rest.len);
    }
    compress(ctx, block, pad(block, rest.len, before));
    put_words(ctx->h, ret);
}

/* All of data, after `before` bytes that are in ctx already. */
static void run(SHA256_CTX *ctx, str data, uint64_t before, uint8_t ret[SHA256_BYTES])
{
    size_t blocks = data.len / BLOCK_BYTES, whole = blocks * BLOCK_BYTES;

    compress(ctx, data.ptr, blocks);
    finish(ctx, whole > 0 ? str_from(data.ptr + whole, data.len - whole) : data, before + whole,
           ret);
}

void sha256(str data, uint8_t ret[SHA256_BYTES])
{
    SHA256_CTX ctx;

    resume(&ctx, initial);
    run(&ctx, data, 0, ret);
}

size_t sha256_pad(char *text, size_t len, bool keyed)
{
    return pad(text, len, keyed ? BLOCK_BYTES : 0);
}

void sha256_padded(const char *text, size_t blocks, uint8_t ret[SHA256_BYTES])
{
    SHA256_CTX ctx;

    resume(&ctx, initial);
    compress(&ctx, text, blocks);
    put_words(ctx.h, ret);
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

/* 32 bytes after the key's block: one block, whose padding is known. ctx lends room. */
static void hmac_outer(const struct hmac_key *key, SHA256_CTX *ctx,
                       const uint8_t inner[SHA256_BYTES], uint8_t ret[SHA256_BYTES])
{
    const uint64_t bits = htobe64((BLOCK_BYTES + SHA256_BYTES) * 8);
    uint8_t block[BLOCK_BYTES] = { [SHA256_BYTES] = 0x80 };

    memcpy(block, inner, SHA256_BYTES);
    memcpy(block + BLOCK_BYTES - sizeof(bits), &bits, sizeof(bits));
    resume(ctx, key->outer);
    SHA256_Transform(ctx, block);
    put_words(ctx->h, ret);
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

void hmac_padded(const struct hmac_key *key, const char *text, size_t blocks,
                 uint8_t ret[SHA256_BYTES])
{
    uint8_t inner[SHA256_BYTES];
    SHA256_CTX ctx;

    resume(&ctx, key->inner);
    compress(&ctx, text, blocks);
    put_words(ctx.h, inner);
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
