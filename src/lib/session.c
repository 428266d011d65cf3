/* Session tokens: the keys, what a token says, and the secrets that come of it. */
#include <mantle/session.h>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "codec/base64.h"
#include "lib/object.h"
#include "sign/sigv4.h"
#include "token/capsule.h"
#include "token/keys.h"
#include "token/session.h"

enum { CHUNK_BYTES = 4096, MEMORY_MAX = 256 * 1024, TOKEN_CHARS_MAX = 64 * 1024 };

SAME_SIZE(mantle_session_tag, struct session_tag);
SAME_PLACE(mantle_session_tag, key, struct session_tag, key);
SAME_PLACE(mantle_session_tag, value, struct session_tag, value);
SAME_PLACE(mantle_session_tag, transitive, struct session_tag, transitive);
SAME_SIZE(mantle_session_key, struct session_key);
SAME_PLACE(mantle_session_key, key, struct session_key, key);
SAME_PLACE(mantle_session_key, value, struct session_key, value);

/* ---- keys ---- */

struct mantle_token_keys {
    struct object object;
    struct sealing_key keys[MANTLE_TOKEN_KEYS_MAX];
    size_t count;
};

mantle_rc mantle_token_keys_read(const mantle_allocator *allocator, mantle_str text,
                                 mantle_token_keys **ret)
{
    mantle_token_keys *keys;
    enum rc rc;

    if (ret == NULL || text.ptr == NULL) {
        return MANTLE_INVALID;
    }
    keys = object_new(allocator, sizeof(*keys), CHUNK_BYTES, 0);
    if (keys == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = keys_parse(str_of(text), STR("token"), keys->keys, COUNT_OF(keys->keys), &keys->count);
    if (rc != RC_OK) {
        mantle_token_keys_free(keys);
        return public_rc(rc);
    }
    *ret = keys;
    return MANTLE_OK;
}

void mantle_token_keys_free(mantle_token_keys *keys)
{
    if (keys != NULL) {
        wipe(keys->keys, sizeof(keys->keys));
        object_free(&keys->object, sizeof(*keys));
    }
}

static enum rc find_key(const mantle_token_keys *keys, str token, const struct sealing_key **ret)
{
    uint32_t id = 0;

    TRY(token_key_id(token, &id));
    *ret = key_find(keys->keys, keys->count, id);
    return *ret == NULL ? RC_DENIED : RC_OK;
}

mantle_rc mantle_session_signing_key(const mantle_token_keys *keys, mantle_str access_key_id,
                                     mantle_str token, mantle_str date, mantle_str region,
                                     mantle_str service, mantle_signing_key *ret)
{
    const struct sealing_key *key = NULL;
    char secret[SECRET_CHARS];
    enum rc rc;

    if (keys == NULL || ret == NULL || !is_view(access_key_id) || !is_view(token) ||
        !is_view(date) || !is_view(region) || !is_view(service)) {
        return MANTLE_INVALID;
    }
    rc = find_key(keys, str_of(token), &key);
    if (rc == RC_OK) {
        session_secret(key, str_of(access_key_id), str_of(token), secret);
        rc = sigv4_derive_key(str_from(secret, sizeof(secret)), str_of(date), str_of(region),
                              str_of(service), (struct hmac_key *)(void *)ret);
        wipe(secret, sizeof(secret));
    }
    return public_rc(rc);
}

/* ---- sessions ---- */

struct mantle_session {
    struct object object;
    mantle_session_info info;
    char account[24];
};

static enum rc decrypt(const struct sealing_key *key, str about, str capsule, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    enum rc rc = RC_NOMEM;

    if (ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->seal, NULL) == 1) {
        rc = capsule_decrypt(ctx, CAPSULE_TOKEN, about, capsule, out);
    }
    EVP_CIPHER_CTX_free(ctx);
    return rc;
}

static enum rc open_token(const mantle_token_keys *keys, str about, str token, struct arena *arena,
                          struct session *ret)
{
    buf capsule = buf_arena(arena, TOKEN_CHARS_MAX);
    const struct sealing_key *key = NULL;
    char *plain;
    size_t len;

    if (token.len > TOKEN_CHARS_MAX) {
        return RC_SYNTAX;
    }
    TRY(find_key(keys, token, &key));
    TRY(base64_decode(BASE64_STANDARD, token, &capsule));
    TRY(capsule.err);
    if (capsule.len < CAPSULE_EXTRA_BYTES) {
        return RC_SYNTAX;
    }
    len = capsule.len - CAPSULE_EXTRA_BYTES;
    plain = arena_bytes(arena, len);
    if (plain == NULL) {
        return RC_NOMEM;
    }
    TRY(decrypt(key, about, buf_str(&capsule), (uint8_t *)plain));
    return session_decode(str_from(plain, len), arena, ret);
}

static void publish(mantle_session *session, const struct session *from)
{
    (void)snprintf(session->account, sizeof(session->account), "%012lld", (long long)from->account);
    session->info = (mantle_session_info){
        .kind = (mantle_session_kind)from->kind,
        .account = mantle_text(session->account),
        .unique_id = public_str(from->unique_id),
        .name = public_str(from->name),
        .source_identity = public_str(from->source_identity),
        .issuer_key_id = public_str(from->issuer_key_id),
        .issued_s = from->issued_s,
        .expires_s = from->expires_s,
        .mfa_s = from->mfa_s,
        .chain_depth = (uint32_t)from->chain_depth,
        .policy = public_str(from->policy),
        .policy_ids = (const mantle_str *)(const void *)from->policy_ids,
        .policy_id_count = from->policy_id_count,
        .tags = (const mantle_session_tag *)(const void *)from->tags,
        .tag_count = from->tag_count,
        .keys = (const mantle_session_key *)(const void *)from->keys,
        .key_count = from->key_count,
    };
}

mantle_rc mantle_session_open(const mantle_allocator *allocator, const mantle_token_keys *keys,
                              mantle_str access_key_id, mantle_str token, int64_t now_s,
                              mantle_session **ret)
{
    struct session opened = { .kind = SESSION_ROLE };
    mantle_session *session;
    enum rc rc;

    if (keys == NULL || ret == NULL || !is_view(access_key_id) || !is_view(token)) {
        return MANTLE_INVALID;
    }
    session = object_new(allocator, sizeof(*session), CHUNK_BYTES, MEMORY_MAX);
    if (session == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = open_token(keys, str_of(access_key_id), str_of(token), &session->object.arena, &opened);
    if (rc == RC_OK && opened.expires_s <= now_s) {
        rc = RC_EXPIRED;
    }
    if (rc != RC_OK) {
        mantle_session_free(session);
        return public_rc(rc);
    }
    publish(session, &opened);
    *ret = session;
    return MANTLE_OK;
}

void mantle_session_free(mantle_session *session)
{
    if (session != NULL) {
        object_free(&session->object, sizeof(*session));
    }
}

const mantle_session_info *mantle_session_info_of(const mantle_session *session)
{
    return session == NULL ? NULL : &session->info;
}
