#include "token/capsule.h"

#include <limits.h>
#include <openssl/evp.h>

#include "base/bytes.h"

/* Bytes 0: version, 1-4: key id, big-endian, 5-16: nonce; then ciphertext and tag. */
enum { VERSION = 1, AT_KEY_ID = 1, AT_NONCE = 5 };
_Static_assert(AT_NONCE + CAPSULE_NONCE_BYTES == CAPSULE_HEAD_BYTES,
               "the head ends with the nonce");

enum rc capsule_key_id(str capsule, uint32_t *ret_id)
{
    const uint8_t *head = (const uint8_t *)capsule.ptr;

    if (capsule.len < CAPSULE_EXTRA_BYTES || head[0] != VERSION) {
        return RC_SYNTAX;
    }
    *ret_id = (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 | head[4];
    return RC_OK;
}

/* Authenticated beside the plain text: what it is (kind), how it is written (version, key id, nonce)
 * and what it is about. `about` comes last, so no two sets of values give the same bytes. */
static bool begin(EVP_CIPHER_CTX *ctx, int encrypt, enum capsule_kind kind, const uint8_t *head,
                  str about)
{
    uint8_t mark = (uint8_t)kind;
    int done;

    return about.len <= INT_MAX &&
           EVP_CipherInit_ex(ctx, NULL, NULL, NULL, head + AT_NONCE, encrypt) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &done, &mark, 1) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &done, head, CAPSULE_HEAD_BYTES) == 1 &&
           (about.len == 0 ||
            EVP_CipherUpdate(ctx, NULL, &done, (const uint8_t *)about.ptr, (int)about.len) == 1);
}

static bool run(EVP_CIPHER_CTX *ctx, const void *in, size_t len, uint8_t *out)
{
    int done = 0;

    return len == 0 || EVP_CipherUpdate(ctx, out, &done, in, (int)len) == 1;
}

enum rc capsule_encrypt(EVP_CIPHER_CTX *ctx, enum capsule_kind kind, uint32_t key_id,
                        const uint8_t nonce[CAPSULE_NONCE_BYTES], str about, str plain,
                        uint8_t *out)
{
    uint8_t none[16];
    int done;

    if (plain.len > CAPSULE_PLAIN_BYTES_MAX) {
        return RC_LIMIT;
    }
    out[0] = VERSION;
    for (int i = 0; i < 4; i++) {
        out[AT_KEY_ID + i] = (uint8_t)(key_id >> (24 - 8 * i));
    }
    memcpy(out + AT_NONCE, nonce, CAPSULE_NONCE_BYTES);
    if (!begin(ctx, 1, kind, out, about) ||
        !run(ctx, plain.ptr, plain.len, out + CAPSULE_HEAD_BYTES) ||
        EVP_CipherFinal_ex(ctx, none, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CAPSULE_TAG_BYTES,
                            out + CAPSULE_HEAD_BYTES + plain.len) != 1) {
        return RC_NOMEM; /* libcrypto fails for want of memory only */
    }
    return RC_OK;
}

enum rc capsule_decrypt(EVP_CIPHER_CTX *ctx, enum capsule_kind kind, str about, str capsule,
                        uint8_t *out)
{
    const uint8_t *head = (const uint8_t *)capsule.ptr;
    uint8_t tag[CAPSULE_TAG_BYTES], none[16];
    uint32_t id;
    size_t len;
    int done;

    TRY(capsule_key_id(capsule, &id));
    len = capsule.len - CAPSULE_EXTRA_BYTES;
    if (len > CAPSULE_PLAIN_BYTES_MAX) {
        return RC_SYNTAX;
    }
    memcpy(tag, head + CAPSULE_HEAD_BYTES + len, sizeof(tag));
    if (!begin(ctx, 0, kind, head, about) || !run(ctx, head + CAPSULE_HEAD_BYTES, len, out) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1 ||
        EVP_CipherFinal_ex(ctx, none, &done) != 1) {
        wipe(out, len); /* unverified plain text leaves nobody's hands */
        return RC_DENIED;
    }
    return RC_OK;
}
