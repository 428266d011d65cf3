/* Roles: trust policy, settings, listing. */
#include "model/role.h"

#include "model/inline_policy.h"
#include "model/profile.h"
#include "model/quota.h"
#include "service/iam/iam.h"
#include "service/iam/role.h"

static const char *const principal_words[] = {
    [ENTRY_AWS] = "AWS",
    [ENTRY_SERVICE] = "SERVICE",
    [ENTRY_FEDERATED] = "FEDERATED",
    [ENTRY_CANONICAL] = "CANONICAL",
};

/* Grammar, length, and what its principals mean now. */
static enum rc check_trust(struct rq *rq, str document, struct trust *ret)
{
    const struct policy_document *doc = NULL;
    struct policy_refusal refusal;
    struct principal_entry bad;
    int64_t limit;
    enum rc rc = policy_parse(POLICY_TRUST, document, rq->arena, &doc, &refusal);

    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return api_fail_policy(rq, &refusal);
    }
    TRY(rc);
    TRY(quota_get(rq->txn, rq->account, QUOTA_TRUST_SIZE, &limit));
    if (policy_size(document) > (uint64_t)limit) {
        return iam_fail_quota(rq, QUOTA_TRUST_SIZE);
    }
    rc = trust_resolve(rq->txn, document, doc, rq->arena, ret, &bad);
    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_MalformedPolicyDocument,
                        "Invalid principal in policy: \"%s\":\"%.*s\"", principal_words[bad.kind],
                        FMT(bad.value));
    }
    return rc;
}

enum rc iam_role_view(struct rq *rq, const struct role *role, struct iam_Role *ret)
{
    ret->Path = role->entity.path;
    ret->RoleName = role->entity.name;
    ret->RoleId = role->entity.id;
    ret->Arn = entity_arn(&role->entity, rq->arena);
    ret->CreateDate = iam_time(role->entity.created_s);
    ret->Description = role->description;
    TRY(trust_as_read(rq->txn, role->entity.id, role->trust, rq->arena,
                      &ret->AssumeRolePolicyDocument));
    return ret->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_role_last_used(struct rq *rq, const struct role *role, struct iam_RoleLastUsed **ret)
{
    struct iam_RoleLastUsed *view = NEW(rq->arena, struct iam_RoleLastUsed);

    if (view == NULL) {
        return RC_NOMEM;
    }
    if (role->last_used_s > 0) {
        view->LastUsedDate = iam_time(role->last_used_s);
        view->Region = role->last_used_region;
    }
    *ret = view;
    return RC_OK;
}

/* By name, with its refusal. */
static enum rc find_role(struct rq *rq, str name, struct role *ret)
{
    struct entity entity;

    TRY(iam_find(rq, ENTITY_ROLE, name, &entity));
    return role_of_entity(rq->txn, &entity, rq->arena, ret);
}

enum rc iam_CreateRole(struct rq *rq, const struct iam_CreateRole_in *in,
                       struct iam_CreateRole_out *out)
{
    struct role role = {
        .entity = { .account = rq->account,
                    .kind = ENTITY_ROLE,
                    .name = in->RoleName,
                    .path = in->Path,
                    .created_s = rq->now_s },
        .description = in->Description,
        .max_session_s = in->MaxSessionDuration.value,
    };
    struct trust trust;
    enum rc rc;

    TRY(iam_check_tags(rq, ENTITY_ROLE, &in->Tags));
    /* A role made here under their path would be one nobody could change. */
    TRY(iam_refuse_protected(rq, &role.entity));
    TRY(check_trust(rq, in->AssumeRolePolicyDocument, &trust));
    rc = role_insert(rq->txn, rq->env, &role, &trust, rq->arena);
    if (rc == RC_EXISTS) {
        return iam_fail_exists(rq, ENTITY_ROLE, in->RoleName);
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, QUOTA_ROLES);
    }
    TRY(rc);
    TRY(iam_insert_extras(rq, &role.entity, &in->Tags, in->PermissionsBoundary));
    out->Role = NEW(rq->arena, struct iam_Role);
    if (out->Role == NULL) {
        return RC_NOMEM;
    }
    TRY(iam_role_view(rq, &role, out->Role));
    out->Role->Description = STR_NONE; /* as AWS: GetRole shows it */
    TRY(iam_get_boundary(rq, &role.entity, &out->Role->PermissionsBoundary));
    out->Role->Tags = iam_given_tags(&in->Tags);
    return RC_OK;
}

enum rc iam_GetRole(struct rq *rq, const struct iam_GetRole_in *in, struct iam_GetRole_out *out)
{
    struct role role;

    TRY(find_role(rq, in->RoleName, &role));
    out->Role = NEW(rq->arena, struct iam_Role);
    if (out->Role == NULL) {
        return RC_NOMEM;
    }
    TRY(iam_role_view(rq, &role, out->Role));
    TRY(iam_role_last_used(rq, &role, &out->Role->RoleLastUsed));
    out->Role->MaxSessionDuration = iam_time(role.max_session_s);
    TRY(iam_get_boundary(rq, &role.entity, &out->Role->PermissionsBoundary));
    return iam_get_tags(rq, role.entity.id, &out->Role->Tags);
}

enum rc iam_UpdateRole(struct rq *rq, const struct iam_UpdateRole_in *in)
{
    struct role role;

    TRY(find_role(rq, in->RoleName, &role));
    if (in->MaxSessionDuration.present) { /* the description of a service's role is anybody's */
        TRY(iam_refuse_protected(rq, &role.entity));
    }
    if (in->Description.ptr != NULL) {
        role.description = in->Description;
    }
    if (in->MaxSessionDuration.present) {
        role.max_session_s = in->MaxSessionDuration.value;
    }
    return role_set_settings(rq->txn, &role);
}

enum rc iam_UpdateRoleDescription(struct rq *rq, const struct iam_UpdateRoleDescription_in *in,
                                  struct iam_UpdateRoleDescription_out *out)
{
    struct role role;

    TRY(find_role(rq, in->RoleName, &role));
    role.description = in->Description;
    TRY(role_set_settings(rq->txn, &role));
    out->Role = NEW(rq->arena, struct iam_Role);
    return out->Role == NULL ? RC_NOMEM : iam_role_view(rq, &role, out->Role);
}

enum rc iam_UpdateAssumeRolePolicy(struct rq *rq, const struct iam_UpdateAssumeRolePolicy_in *in)
{
    struct trust trust;
    struct role role;

    TRY(find_role(rq, in->RoleName, &role));
    TRY(iam_refuse_protected(rq, &role.entity));
    TRY(check_trust(rq, in->PolicyDocument, &trust));
    return role_set_trust(rq->txn, &role, &trust);
}

enum rc iam_DeleteRole(struct rq *rq, const struct iam_DeleteRole_in *in)
{
    struct page one = { .max = 1 };
    struct entity role, *profiles = NULL;
    int64_t attached = 0, inline_policies = 0;
    size_t held = 0;

    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    TRY(iam_refuse_protected(rq, &role));
    TRY(attachment_count(rq->txn, role.id, rq->arena, &attached));
    TRY(inline_policy_count(rq->txn, role.id, rq->arena, &inline_policies));
    TRY(profiles_of_role(rq->txn, role.id, &one, rq->arena, &profiles, &held));
    TRY(iam_refuse_while(rq, (int64_t)held, "remove roles from instance profile"));
    TRY(iam_refuse_while(rq, attached, "detach all policies"));
    TRY(iam_refuse_while(rq, inline_policies, "delete policies"));
    TRY(boundary_set(rq->txn, &role, NULL, rq->arena));
    return role_delete(rq->txn, &role);
}

enum rc iam_ListRoles(struct rq *rq, const struct iam_ListRoles_in *in,
                      struct iam_ListRoles_out *out)
{
    struct entity *entities = NULL;
    struct iam_Role *views;
    struct page page;
    size_t count = 0;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(entity_list(rq->txn, rq->account, ENTITY_ROLE, in->PathPrefix, &page, rq->arena, &entities,
                    &count));
    views = NEW_ARRAY(rq->arena, count, struct iam_Role);
    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct role role;
        TRY(role_of_entity(rq->txn, &entities[i], rq->arena, &role));
        TRY(iam_role_view(rq, &role, &views[i]));
        views[i].MaxSessionDuration = iam_time(role.max_session_s);
    }
    out->Roles = (struct iam_Role_list){ views, count, true };
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}
