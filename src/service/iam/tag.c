/* Tags of users and roles; instance profiles and policies have handlers of the same form beside
 * their nouns. */
#include "service/iam/iam.h"

static enum rc to_tags(struct rq *rq, const struct iam_Tag_list *list, struct tag **ret)
{
    struct tag *tags = NEW_ARRAY(rq->arena, list->count, struct tag);

    if (tags == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < list->count; i++) {
        tags[i] = (struct tag){ list->items[i].Key, list->items[i].Value };
    }
    *ret = tags;
    return RC_OK;
}

static enum rc fail_duplicate(struct rq *rq, enum entity_kind kind)
{
    return api_fail(rq, ERR_InvalidInput, "Duplicate tag keys found.%s",
                    tags_ignore_case(kind) ? " Please note that Tag keys are case insensitive."
                                           : "");
}

/* aws: is AWS's own, however it is written. */
static enum rc refuse_reserved(struct rq *rq, const struct iam_Tag_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq_nocase(str_slice(list->items[i].Key, 0, 4), STR("aws:"))) {
            return api_fail(rq, ERR_InvalidInput,
                            "Tag keys beginning with aws: are reserved for system use.");
        }
    }
    return RC_OK;
}

enum rc iam_check_tags(struct rq *rq, enum entity_kind kind, const struct iam_Tag_list *list)
{
    struct tag *tags = NULL;

    TRY(refuse_reserved(rq, list));
    TRY(to_tags(rq, list, &tags));
    return tags_check(kind, tags, list->count) == RC_OK ? RC_OK : fail_duplicate(rq, kind);
}

enum rc iam_put_tags(struct rq *rq, str entity_id, const struct iam_Tag_list *list)
{
    struct tag *tags = NULL;

    TRY(refuse_reserved(rq, list));
    TRY(to_tags(rq, list, &tags));
    enum rc rc = tags_put(rq->txn, rq->account, entity_id, tags, list->count, rq->arena);
    if (rc == RC_EXISTS) {
        return fail_duplicate(rq, entity_kind_of_id(entity_id));
    }
    if (rc == RC_LIMIT) {
        return api_fail(rq, ERR_LimitExceeded, "The number of tags has reached the maximum limit.");
    }
    return rc;
}

enum rc iam_remove_tags(struct rq *rq, str entity_id, const struct api_str_list *keys)
{
    return tags_remove(rq->txn, rq->account, entity_id, keys->items, keys->count, rq->arena);
}

static enum rc to_list(struct rq *rq, const struct tag *tags, size_t count,
                       struct iam_Tag_list *ret)
{
    struct iam_Tag *items = NEW_ARRAY(rq->arena, count, struct iam_Tag);

    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct iam_Tag){ .Key = tags[i].key, .Value = tags[i].value };
    }
    *ret = (struct iam_Tag_list){ items, count, true };
    return RC_OK;
}

enum rc iam_get_tags(struct rq *rq, str entity_id, struct iam_Tag_list *ret)
{
    TRY(iam_get_all_tags(rq, entity_id, ret));
    ret->present = ret->count > 0;
    return RC_OK;
}

enum rc iam_get_all_tags(struct rq *rq, str entity_id, struct iam_Tag_list *ret)
{
    struct tag *tags = NULL;
    size_t count = 0;

    TRY(tags_list(rq->txn, entity_id, rq->arena, &tags, &count));
    return to_list(rq, tags, count, ret);
}

enum rc iam_page_tags(struct rq *rq, str entity_id, str marker, struct opt_int max_items,
                      struct iam_Tag_list *ret, struct opt_bool *ret_truncated, str *ret_marker)
{
    struct tag *tags = NULL;
    struct iam_slice slice;
    size_t count = 0;

    TRY(tags_list(rq->txn, entity_id, rq->arena, &tags, &count));
    TRY(iam_slice(rq, marker, max_items, count, &slice, ret_truncated, ret_marker));
    return to_list(rq, tags + slice.from, slice.count, ret);
}

enum rc iam_TagUser(struct rq *rq, const struct iam_TagUser_in *in)
{
    struct entity user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    return iam_put_tags(rq, user.id, &in->Tags);
}

enum rc iam_UntagUser(struct rq *rq, const struct iam_UntagUser_in *in)
{
    struct entity user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    return iam_remove_tags(rq, user.id, &in->TagKeys);
}

enum rc iam_ListUserTags(struct rq *rq, const struct iam_ListUserTags_in *in,
                         struct iam_ListUserTags_out *out)
{
    struct entity user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    return iam_page_tags(rq, user.id, in->Marker, in->MaxItems, &out->Tags, &out->IsTruncated,
                         &out->Marker);
}

enum rc iam_TagRole(struct rq *rq, const struct iam_TagRole_in *in)
{
    struct entity role;

    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    return iam_put_tags(rq, role.id, &in->Tags);
}

enum rc iam_UntagRole(struct rq *rq, const struct iam_UntagRole_in *in)
{
    struct entity role;

    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    return iam_remove_tags(rq, role.id, &in->TagKeys);
}

enum rc iam_ListRoleTags(struct rq *rq, const struct iam_ListRoleTags_in *in,
                         struct iam_ListRoleTags_out *out)
{
    struct entity role;

    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    return iam_page_tags(rq, role.id, in->Marker, in->MaxItems, &out->Tags, &out->IsTruncated,
                         &out->Marker);
}
