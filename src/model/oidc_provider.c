#include "model/oidc_provider.h"

#include "model/quota.h"
#include "store/queries.h"
#include "store/store.h"

str oidc_url_name(str url)
{
    str name = url;

    return take_prefix(&name, STR("https://")) || take_prefix(&name, STR("http://")) ? name : url;
}

enum rc oidc_provider_insert(struct txn *txn, const struct env *env, struct oidc_provider *provider,
                             struct arena *arena)
{
    struct entity *entity = &provider->entity;

    entity->kind = ENTITY_OIDC;
    entity->name = oidc_url_name(provider->url);
    entity->path = STR("/");
    TRY(entity_insert(txn, env, entity, arena));
    return q_oidc_provider_insert(txn, entity->id, provider->url, provider->thumbprints);
}

static enum rc of_entity(struct txn *txn, const struct entity *entity, struct arena *arena,
                         struct oidc_provider *ret)
{
    struct q_oidc_provider_get_row row;

    TRY(q_oidc_provider_get(txn, entity->id, arena, &row));
    *ret = (struct oidc_provider){ *entity, row.url, row.thumbprints };
    return RC_OK;
}

enum rc oidc_provider_by_arn(struct txn *txn, str arn, struct arena *arena,
                             struct oidc_provider *ret)
{
    struct entity entity;

    TRY(entity_by_arn(txn, arn, arena, &entity));
    return entity.kind == ENTITY_OIDC ? of_entity(txn, &entity, arena, ret) : RC_SYNTAX;
}

enum rc oidc_provider_by_url(struct txn *txn, int64_t account, str url, struct arena *arena,
                             struct oidc_provider *ret)
{
    struct oidc_provider found;
    struct entity entity;

    TRY(entity_by_name(txn, account, ENTITY_OIDC, oidc_url_name(url), arena, &entity));
    TRY(of_entity(txn, &entity, arena, &found));
    if (!str_eq(found.url, url)) { /* another scheme, or another case */
        return RC_NOENT;
    }
    *ret = found;
    return RC_OK;
}

enum rc oidc_provider_set_thumbprints(struct txn *txn, const struct oidc_provider *provider,
                                      str thumbprints)
{
    TRY(q_oidc_provider_set_thumbprints(txn, thumbprints, provider->entity.id));
    return txn_touched(txn, provider->entity.account, provider->entity.id);
}

enum rc oidc_provider_delete(struct txn *txn, const struct oidc_provider *provider)
{
    TRY(q_oidc_client_delete_all(txn, provider->entity.id));
    TRY(q_oidc_provider_delete(txn, provider->entity.id));
    return entity_delete(txn, &provider->entity);
}

enum rc oidc_clients(struct txn *txn, str provider_id, struct arena *arena, str **ret,
                     size_t *ret_count)
{
    struct q_oidc_client_list_row *rows = NULL;
    size_t count = 0;
    str *clients;

    TRY(q_oidc_client_list(txn, provider_id, arena, &rows, &count));
    clients = NEW_ARRAY(arena, count, str);
    if (clients == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        clients[i] = rows[i].client_id;
    }
    *ret = clients;
    *ret_count = count;
    return RC_OK;
}

enum rc oidc_client_find(struct txn *txn, str provider_id, str client_id, struct arena *arena)
{
    struct q_oidc_client_get_row row;

    return q_oidc_client_get(txn, provider_id, client_id, arena, &row);
}

enum rc oidc_client_add(struct txn *txn, const struct oidc_provider *provider, str client_id,
                        struct arena *arena)
{
    struct q_oidc_client_list_row *rows = NULL;
    const struct entity *entity = &provider->entity;
    size_t count = 0;
    int64_t position;
    enum rc rc = oidc_client_find(txn, entity->id, client_id, arena);

    if (rc != RC_NOENT) {
        return rc;
    }
    TRY(q_oidc_client_list(txn, entity->id, arena, &rows, &count));
    TRY(quota_admit(txn, entity->account, QUOTA_OIDC_CLIENTS, (int64_t)count));
    position = count == 0 ? 0 : rows[count - 1].position + 1;
    TRY(q_oidc_client_insert(txn, entity->id, client_id, position));
    return txn_touched(txn, entity->account, entity->id);
}

enum rc oidc_client_remove(struct txn *txn, const struct oidc_provider *provider, str client_id)
{
    int64_t rows = 0;

    TRY(q_oidc_client_delete(txn, provider->entity.id, client_id, &rows));
    return rows == 0 ? RC_OK : txn_touched(txn, provider->entity.account, provider->entity.id);
}
