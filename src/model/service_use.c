#include "model/service_use.h"

#include "store/queries.h"

enum rc service_use_note(struct txn *txn, str entity_id, const struct service_use *use)
{
    return q_service_use_put(txn, entity_id, use->service, use->action, use->used_s, use->region,
                             SERVICE_USE_GRANULARITY_S);
}

enum rc service_use_list(struct txn *txn, str entity_id, struct arena *arena,
                         struct service_use **ret, size_t *ret_count)
{
    struct q_service_use_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_service_use_list(txn, entity_id, arena, &rows, &count));
    struct service_use *uses = NEW_ARRAY(arena, count, struct service_use);
    if (uses == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        uses[i] = (struct service_use){ rows[i].service, rows[i].action, rows[i].used_s,
                                        rows[i].region };
    }
    *ret = uses;
    *ret_count = count;
    return RC_OK;
}
