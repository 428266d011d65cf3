#include "model/server_certificate.h"

#include "store/queries.h"

enum rc server_certificate_insert(struct txn *txn, const struct env *env,
                                  struct server_certificate *certificate, struct arena *arena)
{
    TRY(entity_insert(txn, env, &certificate->entity, arena));
    return q_server_certificate_insert(txn, certificate->entity.id, certificate->body,
                                       certificate->chain, certificate->expires_s);
}

enum rc server_certificate_of_entity(struct txn *txn, const struct entity *entity,
                                     struct arena *arena, struct server_certificate *ret)
{
    struct q_server_certificate_get_row row;

    TRY(q_server_certificate_get(txn, entity->id, arena, &row));
    *ret = (struct server_certificate){
        .entity = *entity, .body = row.body, .chain = row.chain, .expires_s = row.expires_s
    };
    return RC_OK;
}

enum rc server_certificate_delete(struct txn *txn, const struct entity *entity)
{
    TRY(q_server_certificate_delete(txn, entity->id));
    return entity_delete(txn, entity);
}
