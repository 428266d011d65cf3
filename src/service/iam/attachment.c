/* Managed policies attached to users, groups and roles, and permissions boundaries of users and
 * roles: one implementation each. */
#include "model/attachment.h"

#include "service/iam/iam.h"

static enum rc attach(struct rq *rq, enum entity_kind kind, str entity_name, str policy_arn)
{
    struct entity entity, policy;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(iam_refuse_protected(rq, &entity));
    TRY(iam_find_policy(rq, policy_arn, &policy));
    TRY(iam_refuse_for_services(rq, &policy));
    enum rc rc = attachment_add(rq->txn, &entity, &policy, rq->arena);
    return rc == RC_LIMIT ? iam_fail_quota(rq, attachment_quota(kind)) : rc;
}

static enum rc detach(struct rq *rq, enum entity_kind kind, str entity_name, str policy_arn)
{
    struct entity entity, *attached = NULL;
    size_t count = 0;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(iam_refuse_protected(rq, &entity));
    TRY(attachment_list(rq->txn, entity.id, rq->arena, &attached, &count));
    for (size_t i = 0; i < count; i++) {
        str arn = entity_arn(&attached[i], rq->arena);
        if (arn.ptr == NULL) {
            return RC_NOMEM;
        }
        if (str_eq(arn, policy_arn)) {
            return attachment_remove(rq->txn, &entity, &attached[i]);
        }
    }
    return api_fail(rq, ERR_NoSuchEntity, "Policy %.*s was not found.", FMT(policy_arn));
}

static enum rc list(struct rq *rq, enum entity_kind kind, str entity_name, str path_prefix,
                    str marker, struct opt_int max_items, struct iam_AttachedPolicy_list *ret,
                    struct opt_bool *ret_truncated, str *ret_marker)
{
    struct entity entity, *policies = NULL;
    struct iam_slice slice;
    size_t count = 0, kept = 0;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(attachment_list(rq->txn, entity.id, rq->arena, &policies, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_starts(policies[i].path, path_prefix)) {
            policies[kept++] = policies[i];
        }
    }
    TRY(iam_slice(rq, marker, max_items, kept, &slice, ret_truncated, ret_marker));
    struct iam_AttachedPolicy *items = NEW_ARRAY(rq->arena, slice.count, struct iam_AttachedPolicy);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        const struct entity *policy = &policies[slice.from + i];
        items[i].PolicyName = policy->name;
        items[i].PolicyArn = entity_arn(policy, rq->arena);
        if (items[i].PolicyArn.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    *ret = (struct iam_AttachedPolicy_list){ items, slice.count, true };
    return RC_OK;
}

static enum rc set_boundary(struct rq *rq, enum entity_kind kind, str entity_name, str policy_arn)
{
    struct entity entity, policy;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(iam_refuse_protected(rq, &entity));
    TRY(iam_find_boundary(rq, policy_arn, &policy));
    return boundary_set(rq->txn, &entity, &policy, rq->arena);
}

static enum rc delete_boundary(struct rq *rq, enum entity_kind kind, str entity_name)
{
    struct entity entity;

    TRY(iam_find(rq, kind, entity_name, &entity));
    TRY(iam_refuse_protected(rq, &entity));
    return boundary_set(rq->txn, &entity, NULL, rq->arena);
}

enum rc iam_AttachUserPolicy(struct rq *rq, const struct iam_AttachUserPolicy_in *in)
{
    return attach(rq, ENTITY_USER, in->UserName, in->PolicyArn);
}

enum rc iam_DetachUserPolicy(struct rq *rq, const struct iam_DetachUserPolicy_in *in)
{
    return detach(rq, ENTITY_USER, in->UserName, in->PolicyArn);
}

enum rc iam_ListAttachedUserPolicies(struct rq *rq,
                                     const struct iam_ListAttachedUserPolicies_in *in,
                                     struct iam_ListAttachedUserPolicies_out *out)
{
    return list(rq, ENTITY_USER, in->UserName, in->PathPrefix, in->Marker, in->MaxItems,
                &out->AttachedPolicies, &out->IsTruncated, &out->Marker);
}

enum rc iam_AttachGroupPolicy(struct rq *rq, const struct iam_AttachGroupPolicy_in *in)
{
    return attach(rq, ENTITY_GROUP, in->GroupName, in->PolicyArn);
}

enum rc iam_DetachGroupPolicy(struct rq *rq, const struct iam_DetachGroupPolicy_in *in)
{
    return detach(rq, ENTITY_GROUP, in->GroupName, in->PolicyArn);
}

enum rc iam_ListAttachedGroupPolicies(struct rq *rq,
                                      const struct iam_ListAttachedGroupPolicies_in *in,
                                      struct iam_ListAttachedGroupPolicies_out *out)
{
    return list(rq, ENTITY_GROUP, in->GroupName, in->PathPrefix, in->Marker, in->MaxItems,
                &out->AttachedPolicies, &out->IsTruncated, &out->Marker);
}

enum rc iam_AttachRolePolicy(struct rq *rq, const struct iam_AttachRolePolicy_in *in)
{
    return attach(rq, ENTITY_ROLE, in->RoleName, in->PolicyArn);
}

enum rc iam_DetachRolePolicy(struct rq *rq, const struct iam_DetachRolePolicy_in *in)
{
    return detach(rq, ENTITY_ROLE, in->RoleName, in->PolicyArn);
}

enum rc iam_ListAttachedRolePolicies(struct rq *rq,
                                     const struct iam_ListAttachedRolePolicies_in *in,
                                     struct iam_ListAttachedRolePolicies_out *out)
{
    return list(rq, ENTITY_ROLE, in->RoleName, in->PathPrefix, in->Marker, in->MaxItems,
                &out->AttachedPolicies, &out->IsTruncated, &out->Marker);
}

enum rc iam_PutUserPermissionsBoundary(struct rq *rq,
                                       const struct iam_PutUserPermissionsBoundary_in *in)
{
    return set_boundary(rq, ENTITY_USER, in->UserName, in->PermissionsBoundary);
}

enum rc iam_DeleteUserPermissionsBoundary(struct rq *rq,
                                          const struct iam_DeleteUserPermissionsBoundary_in *in)
{
    return delete_boundary(rq, ENTITY_USER, in->UserName);
}

enum rc iam_PutRolePermissionsBoundary(struct rq *rq,
                                       const struct iam_PutRolePermissionsBoundary_in *in)
{
    return set_boundary(rq, ENTITY_ROLE, in->RoleName, in->PermissionsBoundary);
}

enum rc iam_DeleteRolePermissionsBoundary(struct rq *rq,
                                          const struct iam_DeleteRolePermissionsBoundary_in *in)
{
    return delete_boundary(rq, ENTITY_ROLE, in->RoleName);
}
