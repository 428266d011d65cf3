#include "model/role.h"

#include "store/queries.h"
#include "store/store.h"

enum rc role_insert(struct txn *txn, const struct env *env, struct role *role,
                    const struct trust *trust, struct arena *arena)
{
    TRY(entity_insert(txn, env, &role->entity, arena));
    TRY(q_role_insert(txn, role->entity.id, trust->document, role->description,
                      role->max_session_s));
    role->trust = trust->document;
    return trust_bindings_put(txn, role->entity.id, trust);
}

enum rc role_of_entity(struct txn *txn, const struct entity *entity, struct arena *arena,
                       struct role *ret)
{
    struct q_role_get_row row;

    TRY(q_role_get(txn, entity->id, arena, &row));
    *ret = (struct role){
        .entity = *entity,
        .trust = row.trust,
        .description = row.description,
        .max_session_s = row.max_session_s,
        .last_used_s = row.last_used_s_null ? 0 : row.last_used_s,
        .last_used_region = row.last_used_region,
    };
    return RC_OK;
}

enum rc role_by_name(struct txn *txn, int64_t account, str name, struct arena *arena,
                     struct role *ret)
{
    struct entity entity;

    TRY(entity_by_name(txn, account, ENTITY_ROLE, name, arena, &entity));
    return role_of_entity(txn, &entity, arena, ret);
}

enum rc role_set_trust(struct txn *txn, struct role *role, const struct trust *trust)
{
    TRY(q_role_set_trust(txn, trust->document, role->entity.id));
    TRY(trust_bindings_put(txn, role->entity.id, trust));
    role->trust = trust->document;
    return txn_touched(txn, role->entity.account, role->entity.id);
}

enum rc role_set_settings(struct txn *txn, const struct role *role)
{
    TRY(q_role_set_settings(txn, role->description, role->max_session_s, role->entity.id));
    return txn_touched(txn, role->entity.account, role->entity.id);
}

enum rc role_delete(struct txn *txn, const struct entity *entity)
{
    TRY(q_binding_delete_all(txn, entity->id));
    TRY(q_role_delete(txn, entity->id));
    return entity_delete(txn, entity);
}
