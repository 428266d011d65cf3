#include "model/membership.h"

#include "model/entity_row.h"
#include "model/quota.h"
#include "store/store.h"

ENTITY_ROWS(membership_groups)
ENTITY_ROWS(membership_users)

enum rc membership_add(struct txn *txn, const struct entity *group, const struct entity *user,
                       struct arena *arena)
{
    struct q_membership_exists_row there;
    int64_t used = 0;
    str key = name_fold(user->name, arena);

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_membership_exists(txn, user->id, group->id, arena, &there));
    if (there.n > 0) {
        return RC_OK;
    }
    TRY(membership_group_count(txn, user->id, arena, &used));
    TRY(quota_admit(txn, user->account, QUOTA_GROUPS_PER_USER, used));
    TRY(q_membership_insert(txn, group->id, key, user->id));
    return txn_touched(txn, user->account, user->id);
}

enum rc membership_remove(struct txn *txn, const struct entity *group, const struct entity *user)
{
    int64_t rows = 0;

    TRY(q_membership_delete(txn, user->id, group->id, &rows));
    return rows == 0 ? RC_NOENT : txn_touched(txn, user->account, user->id);
}

enum rc membership_groups(struct txn *txn, str user_id, struct arena *arena, struct entity **ret,
                          size_t *ret_count)
{
    struct q_membership_groups_row *rows = NULL;
    size_t count = 0;

    TRY(q_membership_groups(txn, user_id, arena, &rows, &count));
    TRY(membership_groups_entities(rows, count, arena, ret));
    *ret_count = count;
    return RC_OK;
}

enum rc membership_users(struct txn *txn, str group_id, struct page *page, struct arena *arena,
                         struct entity **ret, size_t *ret_count)
{
    struct q_membership_users_row *rows = NULL;
    size_t count = 0;

    TRY(q_membership_users(txn, group_id, page_after(page), (int64_t)page->max + 1, arena, &rows,
                           &count));
    TRY(membership_users_entities(rows, count, arena, ret));
    TRY(page_cut(page, arena, *ret, &count));
    *ret_count = count;
    return RC_OK;
}

enum rc membership_group_count(struct txn *txn, str user_id, struct arena *arena, int64_t *ret)
{
    struct q_membership_count_of_user_row row;

    TRY(q_membership_count_of_user(txn, user_id, arena, &row));
    *ret = row.n;
    return RC_OK;
}
