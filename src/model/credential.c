#include "model/credential.h"

#include "codec/base64.h"
#include "model/entity.h"
#include "sign/digest.h"
#include "store/queries.h"
#include "store/store.h"

enum { ID_TRIES = 8, CERTIFICATE_ID_BYTES = 20, CERTIFICATE_ID_CHARS = 32 };

/* Queries that list credentials select the same columns. */
#define CREDENTIAL_OF(row)                                                                         \
    ((struct credential){ .id = (row).id,                                                          \
                          .account = (row).account,                                                \
                          .owner_id = (row).owner_id,                                              \
                          .kind = (enum credential_kind)(row).kind,                                \
                          .active = (row).active != 0,                                             \
                          .created_s = (row).created_s,                                            \
                          .expires_s = (row).expires_s_null ? 0 : (row).expires_s,                 \
                          .about = (row).about,                                                    \
                          .body = (row).body })

/* AWS's ids of signing certificates have no kind in front and encode no account. */
static enum rc certificate_id(const struct env *env, struct arena *arena, str *ret)
{
    uint8_t random[CERTIFICATE_ID_BYTES];
    buf out = buf_arena(arena, CERTIFICATE_ID_CHARS);

    TRY(env->random(env, random, sizeof(random)));
    base32_encode(random, sizeof(random), &out);
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}

static enum rc new_id(const struct env *env, const struct credential *credential,
                      struct arena *arena, str *ret)
{
    switch (credential->kind) {
    case CREDENTIAL_SIGNING_CERTIFICATE:
        return certificate_id(env, arena, ret);
    case CREDENTIAL_SSH_KEY:
        return unique_id_new(env, STR("APKA"), credential->account, 20, arena, ret);
    case CREDENTIAL_SERVICE:
        return unique_id_new(env, STR("ACCA"), credential->account, 21, arena, ret);
    }
    return RC_CORRUPT;
}

/* What is deleted is retired: an id never comes to mean something else. */
static enum rc fresh_id(struct txn *txn, const struct env *env, const struct credential *credential,
                        struct arena *arena, str *ret)
{
    for (int i = 0; i < ID_TRIES; i++) {
        struct q_id_is_taken_row taken;
        struct credential other;
        TRY(new_id(env, credential, arena, ret));
        TRY(q_id_is_taken(txn, *ret, arena, &taken));
        enum rc rc = credential_get(txn, *ret, arena, &other);
        if (rc == RC_NOENT && taken.n == 0) {
            return RC_OK;
        }
        if (rc != RC_NOENT && rc != RC_OK) {
            return rc;
        }
    }
    return RC_CONFLICT;
}

static str hash_of(str secret, uint8_t hash[SHA256_BYTES])
{
    if (secret.ptr == NULL) {
        return STR_NONE;
    }
    sha256(secret, hash);
    return str_from((const char *)hash, SHA256_BYTES);
}

enum rc credential_insert(struct txn *txn, const struct env *env, struct credential *credential,
                          str secret, struct arena *arena)
{
    const int64_t *expires = credential->expires_s == 0 ? NULL : &credential->expires_s;
    uint8_t hash[SHA256_BYTES];

    TRY(fresh_id(txn, env, credential, arena, &credential->id));
    credential->active = true;
    return q_credential_insert(txn, credential->id, credential->account, credential->owner_id,
                               credential->kind, credential->created_s, expires, credential->about,
                               credential->body, hash_of(secret, hash));
}

enum rc credential_get(struct txn *txn, str id, struct arena *arena, struct credential *ret)
{
    struct q_credential_get_row row;

    TRY(q_credential_get(txn, id, arena, &row));
    *ret = CREDENTIAL_OF(row);
    return RC_OK;
}

enum rc credential_list(struct txn *txn, str owner_id, enum credential_kind kind,
                        struct arena *arena, struct credential **ret, size_t *ret_count)
{
    struct q_credential_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_credential_list(txn, owner_id, kind, arena, &rows, &count));
    struct credential *credentials = NEW_ARRAY(arena, count, struct credential);
    if (credentials == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        credentials[i] = CREDENTIAL_OF(rows[i]);
    }
    *ret = credentials;
    *ret_count = count;
    return RC_OK;
}

enum rc credential_page(struct txn *txn, int64_t account, enum credential_kind kind, str after,
                        size_t max, struct arena *arena, struct credential **ret, size_t *ret_count)
{
    struct q_credential_page_row *rows = NULL;
    size_t count = 0;

    TRY(q_credential_page(txn, account, kind, after, (int64_t)max, arena, &rows, &count));
    struct credential *credentials = NEW_ARRAY(arena, count, struct credential);
    if (credentials == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        credentials[i] = CREDENTIAL_OF(rows[i]);
    }
    *ret = credentials;
    *ret_count = count;
    return RC_OK;
}

enum rc credential_count(struct txn *txn, str owner_id, enum credential_kind kind,
                         struct arena *arena, int64_t *ret)
{
    struct q_credential_count_row row;

    TRY(q_credential_count(txn, owner_id, kind, arena, &row));
    *ret = row.n;
    return RC_OK;
}

enum rc credential_count_about(struct txn *txn, int64_t account, enum credential_kind kind,
                               str about, struct arena *arena, int64_t *ret)
{
    struct q_credential_count_about_row row;

    TRY(q_credential_count_about(txn, account, kind, about, arena, &row));
    *ret = row.n;
    return RC_OK;
}

enum rc credential_set_active(struct txn *txn, const struct credential *credential, bool active)
{
    return q_credential_set_active(txn, active ? 1 : 0, credential->id);
}

enum rc credential_set_secret(struct txn *txn, const struct credential *credential, str secret)
{
    uint8_t hash[SHA256_BYTES];

    return q_credential_set_secret(txn, hash_of(secret, hash), credential->id);
}

enum rc credential_delete(struct txn *txn, const struct credential *credential)
{
    int64_t rows = 0;

    TRY(q_credential_delete(txn, credential->id, &rows));
    return rows == 0 ? RC_NOENT : q_retired_id_insert(txn, credential->id);
}
