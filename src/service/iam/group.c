#include "model/inline_policy.h"
#include "model/membership.h"
#include "service/iam/iam.h"

static enum rc new_group_view(struct rq *rq, const struct entity *group, struct iam_Group **ret)
{
    *ret = NEW(rq->arena, struct iam_Group);
    return *ret == NULL ? RC_NOMEM : iam_group_view(rq, group, *ret);
}

enum rc iam_CreateGroup(struct rq *rq, const struct iam_CreateGroup_in *in,
                        struct iam_CreateGroup_out *out)
{
    struct entity group = { .kind = ENTITY_GROUP, .name = in->GroupName, .path = in->Path };

    TRY(iam_insert(rq, &group));
    return new_group_view(rq, &group, &out->Group);
}

enum rc iam_GetGroup(struct rq *rq, const struct iam_GetGroup_in *in, struct iam_GetGroup_out *out)
{
    struct entity group, *users = NULL;
    struct page page;
    size_t count = 0;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(iam_find(rq, ENTITY_GROUP, in->GroupName, &group));
    TRY(membership_users(rq->txn, group.id, &page, rq->arena, &users, &count));
    TRY(new_group_view(rq, &group, &out->Group));
    TRY(iam_user_views(rq, users, count, &out->Users));
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

enum rc iam_UpdateGroup(struct rq *rq, const struct iam_UpdateGroup_in *in)
{
    struct entity group;

    TRY(iam_find(rq, ENTITY_GROUP, in->GroupName, &group));
    str name = in->NewGroupName.ptr == NULL ? group.name : in->NewGroupName;
    str path = in->NewPath.ptr == NULL ? group.path : in->NewPath;
    enum rc rc = entity_rename(rq->txn, &group, name, path, rq->arena);
    return rc == RC_EXISTS ? iam_fail_exists(rq, ENTITY_GROUP, name) : rc;
}

enum rc iam_DeleteGroup(struct rq *rq, const struct iam_DeleteGroup_in *in)
{
    struct entity group, *users = NULL;
    struct page page = { .max = 1 };
    size_t members = 0;
    int64_t attached = 0, inline_policies = 0;

    TRY(iam_find(rq, ENTITY_GROUP, in->GroupName, &group));
    TRY(membership_users(rq->txn, group.id, &page, rq->arena, &users, &members));
    TRY(attachment_count(rq->txn, group.id, rq->arena, &attached));
    TRY(inline_policy_count(rq->txn, group.id, rq->arena, &inline_policies));
    TRY(iam_refuse_while(rq, attached, "detach all policies"));
    TRY(iam_refuse_while(rq, inline_policies, "delete policies"));
    TRY(iam_refuse_while(rq, (int64_t)members, "remove users from group"));
    return entity_delete(rq->txn, &group);
}

enum rc iam_ListGroups(struct rq *rq, const struct iam_ListGroups_in *in,
                       struct iam_ListGroups_out *out)
{
    struct entity *groups = NULL;
    struct page page;
    size_t count = 0;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(entity_list(rq->txn, rq->account, ENTITY_GROUP, in->PathPrefix, &page, rq->arena, &groups,
                    &count));
    TRY(iam_group_views(rq, groups, count, &out->Groups));
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

enum rc iam_AddUserToGroup(struct rq *rq, const struct iam_AddUserToGroup_in *in)
{
    struct entity group, user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    TRY(iam_find(rq, ENTITY_GROUP, in->GroupName, &group));
    enum rc rc = membership_add(rq->txn, &group, &user, rq->arena);
    return rc == RC_LIMIT ? iam_fail_quota(rq, QUOTA_GROUPS_PER_USER) : rc;
}

enum rc iam_RemoveUserFromGroup(struct rq *rq, const struct iam_RemoveUserFromGroup_in *in)
{
    struct entity group, user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    TRY(iam_find(rq, ENTITY_GROUP, in->GroupName, &group));
    enum rc rc = membership_remove(rq->txn, &group, &user);
    return rc == RC_NOENT ? RC_OK : rc; /* as AWS: who is no member stays none */
}

enum rc iam_ListGroupsForUser(struct rq *rq, const struct iam_ListGroupsForUser_in *in,
                              struct iam_ListGroupsForUser_out *out)
{
    struct entity user, *groups = NULL;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    TRY(membership_groups(rq->txn, user.id, rq->arena, &groups, &count));
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    return iam_group_views(rq, groups + slice.from, slice.count, &out->Groups);
}
