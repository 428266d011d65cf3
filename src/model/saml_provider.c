#include "model/saml_provider.h"

#include "codec/base64.h"
#include "store/queries.h"
#include "store/store.h"
#include "vault/vault.h"

enum { RANDOM_BYTES = 16, RANDOM_CHARS = 26 };

/* 26 capitals and digits: AWS asks for 22 to 64. */
static enum rc random_id(const struct env *env, struct arena *arena, str *ret)
{
    uint8_t random[RANDOM_BYTES];
    buf out = buf_arena(arena, RANDOM_CHARS);

    TRY(env->random(env, random, sizeof(random)));
    base32_encode(random, sizeof(random), &out);
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}

enum rc saml_provider_insert(struct txn *txn, const struct env *env, struct saml_provider *provider,
                             struct arena *arena)
{
    TRY(entity_insert(txn, env, &provider->entity, arena));
    TRY(random_id(env, arena, &provider->uuid));
    return q_saml_provider_insert(txn, provider->entity.id, provider->uuid, provider->metadata,
                                  provider->entity_id, provider->certificates,
                                  provider->valid_until_s, provider->encryption);
}

enum rc saml_provider_of_entity(struct txn *txn, const struct entity *entity, struct arena *arena,
                                struct saml_provider *ret)
{
    struct q_saml_provider_get_row row;

    TRY(q_saml_provider_get(txn, entity->id, arena, &row));
    *ret = (struct saml_provider){ .entity = *entity,
                                   .uuid = row.uuid,
                                   .metadata = row.metadata,
                                   .entity_id = row.entity_id,
                                   .certificates = row.certificates,
                                   .valid_until_s = row.valid_until_s,
                                   .encryption = (enum saml_encryption)row.encryption };
    return RC_OK;
}

enum rc saml_provider_trust(struct txn *txn, const struct entity *entity, struct arena *arena,
                            struct saml_provider *ret)
{
    struct q_saml_provider_get_trust_row row;

    TRY(q_saml_provider_get_trust(txn, entity->id, arena, &row));
    *ret = (struct saml_provider){ .entity = *entity,
                                   .uuid = row.uuid,
                                   .entity_id = row.entity_id,
                                   .certificates = row.certificates,
                                   .valid_until_s = row.valid_until_s,
                                   .encryption = (enum saml_encryption)row.encryption };
    return RC_OK;
}

enum rc saml_provider_set_metadata(struct txn *txn, const struct saml_provider *provider)
{
    TRY(q_saml_provider_set_metadata(txn, provider->metadata, provider->entity_id,
                                     provider->certificates, provider->valid_until_s,
                                     provider->entity.id));
    return txn_touched(txn, provider->entity.account, provider->entity.id);
}

enum rc saml_provider_set_encryption(struct txn *txn, const struct saml_provider *provider)
{
    TRY(q_saml_provider_set_encryption(txn, provider->encryption, provider->entity.id));
    return txn_touched(txn, provider->entity.account, provider->entity.id);
}

enum rc saml_provider_delete(struct txn *txn, const struct entity *entity)
{
    TRY(q_saml_provider_delete(txn, entity->id));
    TRY(q_saml_key_delete_all(txn, entity->id));
    return entity_delete(txn, entity);
}

/* --- private keys ------------------------------------------------------------------------------- */

str saml_key_about(str provider_id, str key_id, struct arena *arena)
{
    return ARENA_JOIN(arena, STR("saml-key/"), provider_id, STR("/"), key_id);
}

enum rc saml_keys_list(struct txn *txn, str provider_id, struct arena *arena, struct saml_key **ret,
                       size_t *ret_count)
{
    struct q_saml_key_list_row *rows = NULL;
    struct saml_key *keys;
    size_t count = 0;

    TRY(q_saml_key_list(txn, provider_id, arena, &rows, &count));
    keys = NEW_ARRAY(arena, count, struct saml_key);
    if (keys == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct saml_key){ rows[i].key_id, rows[i].created_s, rows[i].wrapped };
    }
    *ret = keys;
    *ret_count = count;
    return RC_OK;
}

enum rc saml_key_add(struct txn *txn, const struct env *env, struct vault *vault, str provider_id,
                     str pem, struct arena *arena)
{
    struct saml_key *keys = NULL;
    str key_id = { 0 }, about, wrapped = { 0 };
    size_t count = 0;

    TRY(saml_keys_list(txn, provider_id, arena, &keys, &count));
    if (count >= SAML_KEYS_MAX) {
        return RC_LIMIT;
    }
    TRY(random_id(env, arena, &key_id));
    about = saml_key_about(provider_id, key_id, arena);
    if (about.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(vault_wrap(vault, about, pem, arena, &wrapped));
    return q_saml_key_insert(txn, provider_id, key_id, env_now_s(env), wrapped);
}

enum rc saml_key_remove(struct txn *txn, str provider_id, str key_id)
{
    int64_t rows = 0;

    TRY(q_saml_key_delete(txn, provider_id, key_id, &rows));
    return rows == 0 ? RC_NOENT : RC_OK;
}
