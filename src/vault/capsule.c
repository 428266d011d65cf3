#include "base/bytes.h"
#include "codec/base64.h"
#include "vault/inside.h"

static const enum capsule_kind kinds[SETS] = {
    [VAULT_MASTER] = CAPSULE_MASTER,
    [VAULT_TOKEN] = CAPSULE_TOKEN,
    [VAULT_MESSAGE] = CAPSULE_MESSAGE,
};

enum rc capsule_key(struct vault *vault, enum vault_set set, str capsule,
                    const struct sealing_key **ret)
{
    uint32_t id = 0;

    TRY(capsule_key_id(capsule, &id));
    *ret = keyset_find(vault_keys(vault, set), id);
    return *ret == NULL ? RC_DENIED : RC_OK;
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
static EVP_CIPHER_CTX *context(struct vault *vault, enum vault_set set,
                               const struct sealing_key *key)
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

enum rc capsule_seal(struct vault *vault, enum vault_set set, str about, str plain, uint8_t *out)
{
    const struct sealing_key *key = keyset_current(vault_keys(vault, set));
    uint8_t nonce[CAPSULE_NONCE_BYTES];
    EVP_CIPHER_CTX *ctx;

    if (plain.len > CAPSULE_PLAIN_BYTES_MAX) {
        return RC_LIMIT;
    }
    ctx = context(vault, set, key);
    if (ctx == NULL) {
        return RC_NOMEM;
    }
    TRY(vault->env->random(vault->env, nonce, sizeof(nonce)));
    return capsule_encrypt(ctx, kinds[set], key->id, nonce, about, plain, out);
}

enum rc capsule_open(struct vault *vault, enum vault_set set, str about, str capsule, uint8_t *out)
{
    const struct sealing_key *key = NULL;
    EVP_CIPHER_CTX *ctx;

    TRY(capsule_key(vault, set, capsule, &key));
    ctx = context(vault, set, key);
    return ctx == NULL ? RC_NOMEM : capsule_decrypt(ctx, kinds[set], about, capsule, out);
}

/* ---- the public faces ---- */

enum rc vault_wrap(struct vault *vault, str about, str secret, struct arena *arena,
                   str *ret_wrapped)
{
    char *out;

    if (secret.len > CAPSULE_PLAIN_BYTES_MAX) {
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

    if (plain.len > CAPSULE_PLAIN_BYTES_MAX) {
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
