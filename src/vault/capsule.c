#include <limits.h>

#include "base/bytes.h"
#include "codec/base64.h"
#include "vault/inside.h"

enum { VERSION = 1, NONCE_BYTES = 12, PLAIN_BYTES_MAX = 1024 * 1024 };

/* Bytes 0: version, 1-4: key id, big-endian, 5-16: nonce; then ciphertext and tag. */
enum { AT_KEY_ID = 1, AT_NONCE = 5 };
_Static_assert(AT_NONCE + NONCE_BYTES == CAPSULE_HEAD_BYTES, "the head ends with the nonce");

/* Part of the authenticated data: never renumber. A token never opens as a message. */
static const uint8_t set_mark[SETS] = {
    [VAULT_MASTER] = 1,
    [VAULT_TOKEN] = 2,
    [VAULT_MESSAGE] = 3,
};

enum rc capsule_key(struct vault *vault, enum vault_set set, str capsule,
                    const struct vault_key **ret)
{
    const uint8_t *head = (const uint8_t *)capsule.ptr;
    const struct vault_key *key;

    if (capsule.len < CAPSULE_EXTRA_BYTES || head[0] != VERSION) {
        return RC_SYNTAX;
    }
    key = keyset_find(vault_keys(vault, set), (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 |
                                                  (uint32_t)head[3] << 8 | head[4]);
    if (key == NULL) {
        return RC_DENIED;
    }
    *ret = key;
    return RC_OK;
}

/* ---- contexts ---- */

static struct cipher_slot *slot_find(struct vault_thread *thread, const struct vault *vault,
                                     enum vault_set set, uint32_t key_id)
{
    for (size_t i = 0; i < CIPHER_SLOTS; i++) {
        struct cipher_slot *slot = &thread->ciphers[i];

        if (slot->vault_serial == vault->serial && slot->key_id == key_id && slot->set == set) {
            return slot;
        }
    }
    return NULL;
}

/* A context that has this key already, so that a seal costs no key schedule. OpenSSL keeps the
 * schedule in ordinary heap memory: freed with the thread, wiped by OpenSSL. */
static EVP_CIPHER_CTX *context(struct vault *vault, enum vault_set set, const struct vault_key *key)
{
    struct vault_thread *thread = vault_thread();
    struct cipher_slot *slot;

    if (thread == NULL) {
        return NULL;
    }
    slot = slot_find(thread, vault, set, key->id);
    if (slot != NULL) {
        return slot->ctx;
    }
    slot = &thread->ciphers[thread->next_cipher];
    thread->next_cipher = (thread->next_cipher + 1) % CIPHER_SLOTS;
    slot->vault_serial = 0;
    if (slot->ctx == NULL) {
        slot->ctx = EVP_CIPHER_CTX_new();
    }
    if (slot->ctx == NULL || EVP_CIPHER_CTX_reset(slot->ctx) != 1 ||
        EVP_EncryptInit_ex(slot->ctx, vault->gcm, NULL, key->seal, NULL) != 1) {
        return NULL;
    }
    slot->vault_serial = vault->serial;
    slot->key_id = key->id;
    slot->set = set;
    return slot->ctx;
}

/* ---- seal and open ---- */

/* Authenticated beside the plain text: what it is (set), how it is written (version, key id,
 * nonce) and what it is about. `about` comes last, so no two sets of values give the same bytes. */
static bool begin(EVP_CIPHER_CTX *ctx, int encrypt, enum vault_set set, const uint8_t *head,
                  str about)
{
    int done;

    return about.len <= INT_MAX &&
           EVP_CipherInit_ex(ctx, NULL, NULL, NULL, head + AT_NONCE, encrypt) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &done, &set_mark[set], 1) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &done, head, CAPSULE_HEAD_BYTES) == 1 &&
           (about.len == 0 ||
            EVP_CipherUpdate(ctx, NULL, &done, (const uint8_t *)about.ptr, (int)about.len) == 1);
}

static bool run(EVP_CIPHER_CTX *ctx, const void *in, size_t len, uint8_t *out)
{
    int done = 0;

    return len == 0 || EVP_CipherUpdate(ctx, out, &done, in, (int)len) == 1;
}

enum rc capsule_seal(struct vault *vault, enum vault_set set, str about, str plain, uint8_t *out)
{
    const struct vault_key *key = keyset_current(vault_keys(vault, set));
    uint8_t *tag = out + CAPSULE_HEAD_BYTES + plain.len, none[16];
    EVP_CIPHER_CTX *ctx;
    int done;

    if (plain.len > PLAIN_BYTES_MAX) {
        return RC_LIMIT;
    }
    ctx = context(vault, set, key);
    if (ctx == NULL) {
        return RC_NOMEM;
    }
    out[0] = VERSION;
    for (int i = 0; i < 4; i++) {
        out[AT_KEY_ID + i] = (uint8_t)(key->id >> (24 - 8 * i));
    }
    TRY(vault->env->random(vault->env, out + AT_NONCE, NONCE_BYTES));
    if (!begin(ctx, 1, set, out, about) ||
        !run(ctx, plain.ptr, plain.len, out + CAPSULE_HEAD_BYTES) ||
        EVP_CipherFinal_ex(ctx, none, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CAPSULE_TAG_BYTES, tag) != 1) {
        return RC_NOMEM; /* libcrypto fails for want of memory only */
    }
    return RC_OK;
}

enum rc capsule_open(struct vault *vault, enum vault_set set, str about, str capsule, uint8_t *out)
{
    const uint8_t *head = (const uint8_t *)capsule.ptr;
    const struct vault_key *key = NULL;
    uint8_t tag[CAPSULE_TAG_BYTES], none[16];
    size_t len;
    EVP_CIPHER_CTX *ctx;
    int done;

    TRY(capsule_key(vault, set, capsule, &key));
    len = capsule.len - CAPSULE_EXTRA_BYTES;
    if (len > PLAIN_BYTES_MAX) {
        return RC_SYNTAX;
    }
    ctx = context(vault, set, key);
    if (ctx == NULL) {
        return RC_NOMEM;
    }
    memcpy(tag, head + CAPSULE_HEAD_BYTES + len, sizeof(tag));
    if (!begin(ctx, 0, set, head, about) || !run(ctx, head + CAPSULE_HEAD_BYTES, len, out) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1 ||
        EVP_CipherFinal_ex(ctx, none, &done) != 1) {
        wipe(out, len); /* unverified plain text leaves nobody's hands */
        return RC_DENIED;
    }
    return RC_OK;
}

/* ---- the public faces ---- */

enum rc vault_wrap(struct vault *vault, str about, str secret, struct arena *arena,
                   str *ret_wrapped)
{
    char *out;

    if (secret.len > PLAIN_BYTES_MAX) {
        return RC_LIMIT;
    }
    out = arena_bytes(arena, secret.len + CAPSULE_EXTRA_BYTES);
    if (out == NULL) {
        return RC_NOMEM;
    }
    TRY(capsule_seal(vault, VAULT_MASTER, about, secret, (uint8_t *)out));
    *ret_wrapped = str_from(out, secret.len + CAPSULE_EXTRA_BYTES);
    return RC_OK;
}

enum rc vault_seal(struct vault *vault, enum vault_set set, str about, str plain,
                   struct arena *arena, str *ret_text)
{
    buf text = buf_arena(arena, SIZE_MAX);
    size_t len = plain.len + CAPSULE_EXTRA_BYTES;
    char *capsule;

    if (plain.len > PLAIN_BYTES_MAX) {
        return RC_LIMIT;
    }
    capsule = arena_bytes(arena, len);
    if (capsule == NULL) {
        return RC_NOMEM;
    }
    TRY(capsule_seal(vault, set, about, plain, (uint8_t *)capsule));
    base64_encode(BASE64_STANDARD, capsule, len, &text);
    if (text.err == RC_OK) {
        *ret_text = buf_str(&text);
    }
    return text.err;
}

enum rc vault_open_sealed(struct vault *vault, enum vault_set set, str about, str text,
                          struct arena *arena, str *ret_plain)
{
    buf capsule = buf_arena(arena, SIZE_MAX);
    char *plain;

    TRY(base64_decode(BASE64_STANDARD, text, &capsule));
    if (capsule.err != RC_OK) {
        return capsule.err;
    }
    if (capsule.len < CAPSULE_EXTRA_BYTES) {
        return RC_SYNTAX;
    }
    plain = arena_bytes(arena, capsule.len - CAPSULE_EXTRA_BYTES);
    if (plain == NULL) {
        return RC_NOMEM;
    }
    TRY(capsule_open(vault, set, about, buf_str(&capsule), (uint8_t *)plain));
    *ret_plain = str_from(plain, capsule.len - CAPSULE_EXTRA_BYTES);
    return RC_OK;
}
