/* Inline policies of users, groups and roles: one implementation, three kinds. */
#include "model/inline_policy.h"

#include "service/iam/iam.h"

/* How AWS speaks of each. */
static const char *const kind_words[] = {
    [ENTITY_USER] = "user",
    [ENTITY_GROUP] = "group",
    [ENTITY_ROLE] = "role",
};

static enum rc put(struct rq *rq, enum entity_kind kind, str entity_name, str policy_name,
                   str document)
{
    struct entity entity;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(iam_refuse_protected(rq, &entity));
    TRY(iam_check_policy(rq, document, false));
    enum rc rc = inline_policy_put(rq->txn, &entity, policy_name, document, rq->arena);
    if (rc == RC_LIMIT) {
        int64_t limit = 0;
        TRY(quota_get(rq->txn, rq->account, inline_policy_quota(kind), &limit));
        return api_fail(rq, ERR_LimitExceeded,
                        "Maximum policy size of %lld bytes exceeded for %s %.*s", (long long)limit,
                        kind_words[kind], FMT(entity.name));
    }
    return rc;
}

static enum rc fail_missing(struct rq *rq, enum entity_kind kind, str policy_name)
{
    return api_fail(rq, ERR_NoSuchEntity, "The %s policy with name %.*s cannot be found.",
                    kind_words[kind], FMT(policy_name));
}

static enum rc get(struct rq *rq, enum entity_kind kind, str entity_name, str policy_name,
                   str *ret_entity_name, str *ret_policy_name, str *ret_document)
{
    struct entity entity;
    struct inline_policy policy;

    TRY(iam_find(rq, kind, entity_name, &entity));
    enum rc rc = inline_policy_get(rq->txn, entity.id, policy_name, rq->arena, &policy);
    if (rc == RC_NOENT) {
        return fail_missing(rq, kind, policy_name);
    }
    TRY(rc);
    *ret_entity_name = entity.name;
    *ret_policy_name = policy.name;
    *ret_document = policy.document;
    return RC_OK;
}

static enum rc del(struct rq *rq, enum entity_kind kind, str entity_name, str policy_name)
{
    struct entity entity;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(iam_refuse_protected(rq, &entity));
    enum rc rc = inline_policy_delete(rq->txn, &entity, policy_name, rq->arena);
    return rc == RC_NOENT ? fail_missing(rq, kind, policy_name) : rc;
}

static enum rc list(struct rq *rq, enum entity_kind kind, str entity_name, str marker,
                    struct opt_int max_items, struct api_str_list *ret,
                    struct opt_bool *ret_truncated, str *ret_marker)
{
    struct entity entity;
    struct inline_policy *policies = NULL;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(inline_policy_list(rq->txn, entity.id, rq->arena, &policies, &count));
    TRY(iam_slice(rq, marker, max_items, count, &slice, ret_truncated, ret_marker));
    str *names = NEW_ARRAY(rq->arena, slice.count, str);
    if (names == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        names[i] = policies[slice.from + i].name;
    }
    *ret = (struct api_str_list){ names, slice.count, true };
    return RC_OK;
}

enum rc iam_PutUserPolicy(struct rq *rq, const struct iam_PutUserPolicy_in *in)
{
    return put(rq, ENTITY_USER, in->UserName, in->PolicyName, in->PolicyDocument);
}

enum rc iam_GetUserPolicy(struct rq *rq, const struct iam_GetUserPolicy_in *in,
                          struct iam_GetUserPolicy_out *out)
{
    return get(rq, ENTITY_USER, in->UserName, in->PolicyName, &out->UserName, &out->PolicyName,
               &out->PolicyDocument);
}

enum rc iam_DeleteUserPolicy(struct rq *rq, const struct iam_DeleteUserPolicy_in *in)
{
    return del(rq, ENTITY_USER, in->UserName, in->PolicyName);
}

enum rc iam_ListUserPolicies(struct rq *rq, const struct iam_ListUserPolicies_in *in,
                             struct iam_ListUserPolicies_out *out)
{
    return list(rq, ENTITY_USER, in->UserName, in->Marker, in->MaxItems, &out->PolicyNames,
                &out->IsTruncated, &out->Marker);
}

enum rc iam_PutGroupPolicy(struct rq *rq, const struct iam_PutGroupPolicy_in *in)
{
    return put(rq, ENTITY_GROUP, in->GroupName, in->PolicyName, in->PolicyDocument);
}

enum rc iam_GetGroupPolicy(struct rq *rq, const struct iam_GetGroupPolicy_in *in,
                           struct iam_GetGroupPolicy_out *out)
{
    return get(rq, ENTITY_GROUP, in->GroupName, in->PolicyName, &out->GroupName, &out->PolicyName,
               &out->PolicyDocument);
}

enum rc iam_DeleteGroupPolicy(struct rq *rq, const struct iam_DeleteGroupPolicy_in *in)
{
    return del(rq, ENTITY_GROUP, in->GroupName, in->PolicyName);
}

enum rc iam_ListGroupPolicies(struct rq *rq, const struct iam_ListGroupPolicies_in *in,
                              struct iam_ListGroupPolicies_out *out)
{
    return list(rq, ENTITY_GROUP, in->GroupName, in->Marker, in->MaxItems, &out->PolicyNames,
                &out->IsTruncated, &out->Marker);
}

enum rc iam_PutRolePolicy(struct rq *rq, const struct iam_PutRolePolicy_in *in)
{
    return put(rq, ENTITY_ROLE, in->RoleName, in->PolicyName, in->PolicyDocument);
}

enum rc iam_GetRolePolicy(struct rq *rq, const struct iam_GetRolePolicy_in *in,
                          struct iam_GetRolePolicy_out *out)
{
    return get(rq, ENTITY_ROLE, in->RoleName, in->PolicyName, &out->RoleName, &out->PolicyName,
               &out->PolicyDocument);
}

enum rc iam_DeleteRolePolicy(struct rq *rq, const struct iam_DeleteRolePolicy_in *in)
{
    return del(rq, ENTITY_ROLE, in->RoleName, in->PolicyName);
}

enum rc iam_ListRolePolicies(struct rq *rq, const struct iam_ListRolePolicies_in *in,
                             struct iam_ListRolePolicies_out *out)
{
    return list(rq, ENTITY_ROLE, in->RoleName, in->Marker, in->MaxItems, &out->PolicyNames,
                &out->IsTruncated, &out->Marker);
}
