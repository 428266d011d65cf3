/* Secret access keys, and the signing keys that come of them. */
#include "base/bytes.h"
#include "codec/base64.h"
#include "sign/sigv4.h"
#include "vault/inside.h"

/* 30 bytes are 40 characters of base64 without padding: the shape of AWS's secrets. */
enum { SECRET_BYTES = 30, SECRET_CHARS = 40, WRAPPED_SECRET_MAX = 128, TOKEN_HEAD_CHARS = 44 };

static enum rc print_secret(const uint8_t bytes[SECRET_BYTES], struct arena *arena, str *ret)
{
    buf text = buf_arena(arena, SECRET_CHARS);

    base64_encode(BASE64_STANDARD, bytes, SECRET_BYTES, &text);
    if (text.err == RC_OK) {
        *ret = buf_str(&text);
    }
    return text.err;
}

enum rc vault_new_secret(struct vault *vault, struct arena *arena, str *ret_secret)
{
    uint8_t bytes[SECRET_BYTES];
    enum rc rc = vault->env->random(vault->env, bytes, sizeof(bytes));

    if (rc == RC_OK) {
        rc = print_secret(bytes, arena, ret_secret);
    }
    wipe(bytes, sizeof(bytes));
    return rc;
}

/* ---- temporary keys ---- */

/* Which key sealed the token, from its first characters. Whether it did is not asked here: a token
 * that was not sealed by us gives a secret that nobody was ever told. */
static enum rc token_key(struct vault *vault, str token, const struct vault_key **ret)
{
    char room[TOKEN_HEAD_CHARS];
    buf head = { .ptr = room, .cap = sizeof(room), .max = sizeof(room), .alloc = &heap };

    if (token.len < TOKEN_HEAD_CHARS) { /* 33 bytes at least */
        return RC_SYNTAX;
    }
    TRY(base64_decode(BASE64_STANDARD, str_slice(token, 0, TOKEN_HEAD_CHARS), &head));
    if (head.err != RC_OK) {
        return head.err;
    }
    return capsule_key(vault, VAULT_TOKEN, buf_str(&head), ret);
}

static enum rc session_bytes(struct vault *vault, str access_key_id, str token,
                             uint8_t ret[SHA256_BYTES])
{
    const struct vault_key *key = NULL;
    uint8_t digest[SHA256_BYTES];
    str parts[2] = { { (const char *)digest, sizeof(digest) }, access_key_id };

    TRY(token_key(vault, token, &key));
    sha256(token, digest);
    /* Fixed length first: no two pairs give the same bytes. */
    hmac_with_parts(&key->session, parts, COUNT_OF(parts), ret);
    return RC_OK;
}

enum rc vault_session_secret(struct vault *vault, str access_key_id, str session_token,
                             struct arena *arena, str *ret_secret)
{
    uint8_t bytes[SHA256_BYTES];
    enum rc rc = session_bytes(vault, access_key_id, session_token, bytes);

    if (rc == RC_OK) {
        rc = print_secret(bytes, arena, ret_secret);
    }
    wipe(bytes, sizeof(bytes));
    return rc;
}

/* ---- signing keys ---- */

static struct key_cache *cache_of_thread(struct vault *vault)
{
    struct vault_thread *thread = vault_thread();

    if (thread == NULL) {
        return NULL;
    }
    if (thread->cache == NULL) {
        thread->cache = key_cache_new(vault->env);
    }
    return thread->cache;
}

static enum rc derive_long_lived(struct vault *vault, const struct key_name *name,
                                 struct hmac_key *ret)
{
    str wrapped = name->parts[1];
    uint8_t secret[WRAPPED_SECRET_MAX];
    size_t len = wrapped.len - CAPSULE_EXTRA_BYTES;
    enum rc rc;

    if (wrapped.len < CAPSULE_EXTRA_BYTES || len > sizeof(secret)) {
        return RC_CORRUPT;
    }
    rc = capsule_open(vault, VAULT_MASTER, name->parts[0], wrapped, secret);
    if (rc == RC_OK) {
        rc = sigv4_derive_key(str_from((const char *)secret, len), name->parts[2], name->parts[3],
                              name->parts[4], ret);
    }
    wipe(secret, sizeof(secret));
    return rc == RC_SYNTAX || rc == RC_DENIED ? RC_CORRUPT : rc;
}

static enum rc derive_temporary(struct vault *vault, const struct key_name *name,
                                struct hmac_key *ret)
{
    uint8_t bytes[SHA256_BYTES];
    char room[SECRET_CHARS];
    buf secret = { .ptr = room, .cap = sizeof(room), .max = sizeof(room), .alloc = &heap };
    enum rc rc = session_bytes(vault, name->parts[0], name->parts[1], bytes);

    if (rc == RC_OK) {
        base64_encode(BASE64_STANDARD, bytes, SECRET_BYTES, &secret);
        rc = secret.err;
    }
    if (rc == RC_OK) {
        rc = sigv4_derive_key(buf_str(&secret), name->parts[2], name->parts[3], name->parts[4],
                              ret);
    }
    wipe(bytes, sizeof(bytes));
    wipe(room, sizeof(room));
    return rc;
}

static enum rc signing_key(struct vault *vault, const struct key_name *name, struct hmac_key *ret)
{
    struct key_cache *cache = cache_of_thread(vault);
    /* Before the keys are looked at: one that is taken away meanwhile must not be remembered. */
    uint64_t epoch = atomic_load_explicit(&vault->epoch, memory_order_acquire);

    if (cache != NULL && key_cache_get(cache, vault, name, ret)) {
        return RC_OK;
    }
    TRY(name->set == VAULT_MASTER ? derive_long_lived(vault, name, ret)
                                  : derive_temporary(vault, name, ret));
    if (cache != NULL) {
        key_cache_put(cache, vault, epoch, name, ret);
    }
    return RC_OK;
}

enum rc vault_signing_key(struct vault *vault, str about, str wrapped, str date, str region,
                          str service, struct hmac_key *ret_key)
{
    struct key_name name = { VAULT_MASTER, { about, wrapped, date, region, service } };

    return signing_key(vault, &name, ret_key);
}

enum rc vault_session_signing_key(struct vault *vault, str access_key_id, str session_token,
                                  str date, str region, str service, struct hmac_key *ret_key)
{
    struct key_name name = { VAULT_TOKEN, { access_key_id, session_token, date, region, service } };

    return signing_key(vault, &name, ret_key);
}
