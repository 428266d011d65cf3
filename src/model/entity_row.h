/* Rows of queries that select an entity, made into struct entity. Internal to model/. Such queries
 * select the same seven columns: id, account, kind, name, path, created_s, boundary_id. */
#ifndef MANTLE_MODEL_ENTITY_ROW_H
#define MANTLE_MODEL_ENTITY_ROW_H

#include "model/entity.h"
#include "store/queries.h"

#define ENTITY_OF(row)                                                                             \
    ((struct entity){ .id = (row).id,                                                              \
                      .account = (row).account,                                                    \
                      .kind = (enum entity_kind)(row).kind,                                        \
                      .name = (row).name,                                                          \
                      .path = (row).path,                                                          \
                      .created_s = (row).created_s,                                                \
                      .boundary_id = (row).boundary_id })

/* Defines  enum rc QUERY_entities(rows, count, arena, ret). */
#define ENTITY_ROWS(query)                                                                         \
    static enum rc query##_entities(const struct q_##query##_row *rows, size_t count,              \
                                    struct arena *arena, struct entity **ret)                      \
    {                                                                                              \
        struct entity *entities = NEW_ARRAY(arena, count, struct entity);                          \
        if (entities == NULL) {                                                                    \
            return RC_NOMEM;                                                                       \
        }                                                                                          \
        for (size_t i = 0; i < count; i++) {                                                       \
            entities[i] = ENTITY_OF(rows[i]);                                                      \
        }                                                                                          \
        *ret = entities;                                                                           \
        return RC_OK;                                                                              \
    }

/* Cuts a listing that was asked for one item more than page->max and says where to resume. */
MUST_CHECK enum rc page_cut(struct page *page, struct arena *arena, const struct entity *entities,
                            size_t *count);
/* page->marker, "" at the start: every name sorts behind it. */
str page_after(const struct page *page);

#endif
