/* Entities as answers show them. */
#include "service/iam/iam.h"

enum rc iam_get_boundary(struct rq *rq, const struct entity *entity,
                         struct iam_AttachedPermissionsBoundary **ret)
{
    struct entity policy;

    if (entity->boundary_id.ptr == NULL) {
        *ret = NULL;
        return RC_OK;
    }
    TRY(entity_by_id(rq->txn, entity->boundary_id, rq->arena, &policy));
    struct iam_AttachedPermissionsBoundary *view = NEW(rq->arena,
                                                       struct iam_AttachedPermissionsBoundary);
    if (view == NULL) {
        return RC_NOMEM;
    }
    /* The model's enum says PermissionsBoundaryPolicy; what AWS sends is this. */
    view->PermissionsBoundaryType = STR("Policy");
    view->PermissionsBoundaryArn = entity_arn(&policy, rq->arena);
    *ret = view;
    return view->PermissionsBoundaryArn.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_user_view(struct rq *rq, const struct entity *user, struct iam_User *ret)
{
    struct iam_User view = {
        .Path = user->path,
        .UserName = user->name,
        .UserId = user->id,
        .Arn = entity_arn(user, rq->arena),
        .CreateDate = iam_time(user->created_s),
    };

    *ret = view;
    return view.Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_group_view(struct rq *rq, const struct entity *group, struct iam_Group *ret)
{
    struct iam_Group view = {
        .Path = group->path,
        .GroupName = group->name,
        .GroupId = group->id,
        .Arn = entity_arn(group, rq->arena),
        .CreateDate = iam_time(group->created_s),
    };

    *ret = view;
    return view.Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_user_views(struct rq *rq, const struct entity *users, size_t count,
                       struct iam_User_list *ret)
{
    struct iam_User *views = NEW_ARRAY(rq->arena, count, struct iam_User);

    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(iam_user_view(rq, &users[i], &views[i]));
    }
    *ret = (struct iam_User_list){ views, count, true };
    return RC_OK;
}

enum rc iam_group_views(struct rq *rq, const struct entity *groups, size_t count,
                        struct iam_Group_list *ret)
{
    struct iam_Group *views = NEW_ARRAY(rq->arena, count, struct iam_Group);

    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(iam_group_view(rq, &groups[i], &views[i]));
    }
    *ret = (struct iam_Group_list){ views, count, true };
    return RC_OK;
}

enum rc iam_page_begin(struct rq *rq, str marker, struct opt_int max_items, struct page *ret)
{
    struct page page = { 0 };

    TRY(page_begin(rq, marker, max_items, &page.marker, &page.max));
    *ret = page;
    return RC_OK;
}

enum rc iam_page_end(struct rq *rq, const struct page *page, struct opt_bool *ret_truncated,
                     str *ret_marker)
{
    *ret_truncated = (struct opt_bool){ page->truncated, true };
    if (page->truncated) {
        *ret_marker = page_marker(rq, page->next_marker);
        return ret_marker->ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_OK;
}

enum rc iam_slice(struct rq *rq, str marker, struct opt_int max_items, size_t total,
                  struct iam_slice *ret, struct opt_bool *ret_truncated, str *ret_marker)
{
    struct iam_slice slice = { 0 };
    str key = { 0 };
    uint64_t from = 0;
    size_t max = 0;

    TRY(page_begin(rq, marker, max_items, &key, &max));
    if (key.ptr != NULL && str_to_u64(key, &from) != RC_OK) {
        return api_fail(rq, ERR_ValidationError, "Invalid Marker.");
    }
    slice.from = from < total ? (size_t)from : total;
    slice.count = total - slice.from < max ? total - slice.from : max;
    bool truncated = slice.from + slice.count < total;
    *ret_truncated = (struct opt_bool){ truncated, true };
    if (truncated) {
        str next = arena_printf(rq->arena, "%zu", slice.from + slice.count);
        *ret_marker = next.ptr == NULL ? STR_NONE : page_marker(rq, next);
        if (ret_marker->ptr == NULL) {
            return RC_NOMEM;
        }
    }
    *ret = slice;
    return RC_OK;
}
