#include "model/profile.h"

#include "model/entity_row.h"
#include "store/queries.h"
#include "store/store.h"

ENTITY_ROWS(profile_of_role_page)

enum rc profile_role(struct txn *txn, str profile_id, struct arena *arena, struct entity *ret_role)
{
    struct q_profile_role_get_row row;

    TRY(q_profile_role_get(txn, profile_id, arena, &row));
    return entity_by_id(txn, row.role_id, arena, ret_role);
}

enum rc profile_add_role(struct txn *txn, const struct entity *profile, const struct entity *role)
{
    enum rc rc = q_profile_role_insert(txn, profile->id, role->id);

    if (rc == RC_EXISTS) {
        return RC_LIMIT; /* RolesPerInstanceProfile is one, and fixed */
    }
    TRY(rc);
    return txn_touched(txn, profile->account, profile->id);
}

enum rc profile_remove_role(struct txn *txn, const struct entity *profile,
                            const struct entity *role)
{
    int64_t rows = 0;

    TRY(q_profile_role_delete(txn, profile->id, role->id, &rows));
    return rows == 0 ? RC_NOENT : txn_touched(txn, profile->account, profile->id);
}

enum rc profiles_of_role(struct txn *txn, str role_id, struct page *page, struct arena *arena,
                         struct entity **ret, size_t *ret_count)
{
    struct q_profile_of_role_page_row *rows = NULL;
    size_t count = 0;

    TRY(q_profile_of_role_page(txn, role_id, page_after(page), (int64_t)page->max + 1, arena, &rows,
                               &count));
    TRY(profile_of_role_page_entities(rows, count, arena, ret));
    TRY(page_cut(page, arena, *ret, &count));
    *ret_count = count;
    return RC_OK;
}
