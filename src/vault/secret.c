/* Secret access keys, and the signing keys that come of them. */
#include "base/bytes.h"
#include "codec/base64.h"
#include "sign/sigv4.h"
#include "vault/inside.h"

/* 30 bytes are 40 characters of base64 without padding: the shape of AWS's secrets. */
enum { SECRET_BYTES = 30, WRAPPED_SECRET_MAX = 128 };

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

static enum rc token_key(struct vault *vault, str token, const struct sealing_key **ret)
{
    uint32_t id = 0;

    TRY(token_key_id(token, &id));
    *ret = keyset_find(vault_keys(vault, VAULT_TOKEN), id);
    return *ret == NULL ? RC_DENIED : RC_OK;
}

enum rc vault_session_secret(struct vault *vault, str access_key_id, str session_token,
                             struct arena *arena, str *ret_secret)
{
    const struct sealing_key *key = NULL;
    char *secret;

    TRY(token_key(vault, session_token, &key));
    secret = arena_bytes(arena, SECRET_CHARS);
    if (secret == NULL) {
        return RC_NOMEM;
    }
    session_secret(key, access_key_id, session_token, secret);
    *ret_secret = str_from(secret, SECRET_CHARS);
    return RC_OK;
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
    const struct sealing_key *key = NULL;
    char secret[SECRET_CHARS];
    enum rc rc = token_key(vault, name->parts[1], &key);

    if (rc == RC_OK) {
        session_secret(key, name->parts[0], name->parts[1], secret);
        rc = sigv4_derive_key(str_from(secret, sizeof(secret)), name->parts[2], name->parts[3],
                              name->parts[4], ret);
        wipe(secret, sizeof(secret));
    }
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
