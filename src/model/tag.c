#include "model/tag.h"

#include "model/entity.h"
#include "store/queries.h"
#include "store/store.h"

bool tags_ignore_case(enum entity_kind kind)
{
    return kind == ENTITY_USER || kind == ENTITY_ROLE;
}

static bool same_key(enum entity_kind kind, str left, str right)
{
    return tags_ignore_case(kind) ? str_eq_nocase(left, right) : str_eq(left, right);
}

/* What keys are unique by; absent on failure. */
static str unique_key(enum entity_kind kind, str key, struct arena *arena)
{
    return tags_ignore_case(kind) ? name_fold(key, arena) : key;
}

enum rc tags_check(enum entity_kind kind, const struct tag *tags, size_t count)
{
    /* At most a few times fifty: the request's own limit came first. */
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_key(kind, tags[i].key, tags[j].key)) {
                return RC_EXISTS;
            }
        }
    }
    return RC_OK;
}

enum rc tags_put(struct txn *txn, int64_t account, str entity_id, const struct tag *tags,
                 size_t count, struct arena *arena)
{
    struct tag *now = NULL;
    size_t total = 0;

    enum entity_kind kind = entity_kind_of_id(entity_id);

    TRY(tags_check(kind, tags, count));
    TRY(tags_list(txn, entity_id, arena, &now, &total));
    size_t old = total;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < old && !same_key(kind, now[j].key, tags[i].key)) {
            j++;
        }
        total += j == old ? 1 : 0;
    }
    if (total > TAGS_MAX) {
        return RC_LIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        str fold = unique_key(kind, tags[i].key, arena);
        if (fold.ptr == NULL) {
            return RC_NOMEM;
        }
        TRY(q_tag_put(txn, entity_id, fold, tags[i].key, tags[i].value));
    }
    return count == 0 ? RC_OK : txn_touched(txn, account, entity_id);
}

enum rc tags_remove(struct txn *txn, int64_t account, str entity_id, const str *keys, size_t count,
                    struct arena *arena)
{
    enum entity_kind kind = entity_kind_of_id(entity_id);

    for (size_t i = 0; i < count; i++) {
        str fold = unique_key(kind, keys[i], arena);
        if (fold.ptr == NULL) {
            return RC_NOMEM;
        }
        TRY(q_tag_delete(txn, entity_id, fold));
    }
    return txn_touched(txn, account, entity_id);
}

enum rc tags_list(struct txn *txn, str entity_id, struct arena *arena, struct tag **ret,
                  size_t *ret_count)
{
    struct q_tag_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_tag_list(txn, entity_id, arena, &rows, &count));
    struct tag *tags = NEW_ARRAY(arena, count, struct tag);
    if (tags == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        tags[i] = (struct tag){ rows[i].key, rows[i].value };
    }
    *ret = tags;
    *ret_count = count;
    return RC_OK;
}
