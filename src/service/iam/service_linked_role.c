/* Service-linked roles: made for a service with the name, trust and policy that AWS gives them. */
#include "model/aws_objects.h"
#include "model/profile.h"
#include "model/role.h"
#include "service/iam/iam.h"
#include "service/iam/role.h"
#include "store/queries.h"

enum { ROLE_NAME_CHARS_MAX = 64, TASK_KEPT_S = 30 * 86400 };

/* --- making ------------------------------------------------------------------------------------- */

static enum rc role_name(struct rq *rq, const struct aws_service_role *known, str suffix, str *ret)
{
    *ret = known->name;
    if (suffix.ptr == NULL) {
        return RC_OK;
    }
    if (!known->suffix) {
        return api_fail(rq, ERR_InvalidInput, "Custom suffix is not allowed for %.*s",
                        FMT(known->service));
    }
    *ret = ARENA_JOIN(rq->arena, known->name, STR("_"), suffix);
    if (ret->len > ROLE_NAME_CHARS_MAX) {
        return api_fail(rq, ERR_InvalidInput,
                        "The role name %.*s is longer than %d characters: take a shorter suffix.",
                        FMT(*ret), ROLE_NAME_CHARS_MAX);
    }
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc trust_of(struct rq *rq, str service, struct trust *ret)
{
    const struct policy_document *doc = NULL;
    struct policy_refusal refusal;
    struct principal_entry bad;
    str document = arena_printf(
        rq->arena,
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
        "\"Principal\":{\"Service\":\"%.*s\"},\"Action\":\"sts:AssumeRole\"}]}",
        FMT(service));

    if (document.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(policy_parse(POLICY_TRUST, document, rq->arena, &doc, &refusal));
    return trust_resolve(rq->txn, document, doc, rq->arena, ret, &bad);
}

/* The policy is there from the start: one that grants nothing, until AWS's is imported. */
static enum rc attach_policy(struct rq *rq, const struct aws_service_role *known,
                             const struct entity *role)
{
    struct entity policy;

    TRY(entity_by_name(rq->txn, ACCOUNT_AWS, ENTITY_POLICY, known->policy, rq->arena, &policy));
    return attachment_add(rq->txn, role, &policy, rq->arena);
}

enum rc iam_CreateServiceLinkedRole(struct rq *rq, const struct iam_CreateServiceLinkedRole_in *in,
                                    struct iam_CreateServiceLinkedRole_out *out)
{
    const struct aws_service_role *known = aws_service_role_of(in->AWSServiceName);
    struct trust trust;

    if (known == NULL) {
        return api_fail(rq, ERR_InvalidInput,
                        "Service-linked roles are not known for the service %.*s.",
                        FMT(in->AWSServiceName));
    }
    struct role role = {
        .entity = { .account = rq->account,
                    .kind = ENTITY_ROLE,
                    .path = ARENA_JOIN(rq->arena, STR("/aws-service-role/"), known->service,
                                       STR("/")),
                    .created_s = rq->now_s },
        .description = in->Description.ptr == NULL ? known->description : in->Description,
        .max_session_s = ROLE_SESSION_S_MIN,
    };
    if (role.entity.path.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(role_name(rq, known, in->CustomSuffix, &role.entity.name));
    TRY(trust_of(rq, known->service, &trust));
    enum rc rc = role_insert(rq->txn, rq->env, &role, &trust, rq->arena);
    if (rc == RC_EXISTS) {
        return api_fail(rq, ERR_InvalidInput,
                        "Service role name %.*s has been taken in this account, please try a "
                        "different suffix.",
                        FMT(role.entity.name));
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, QUOTA_ROLES);
    }
    TRY(rc);
    TRY(attach_policy(rq, known, &role.entity));
    out->Role = NEW(rq->arena, struct iam_Role);
    return out->Role == NULL ? RC_NOMEM : iam_role_view(rq, &role, out->Role);
}

/* --- deleting ----------------------------------------------------------------------------------- */

static enum rc delete_role(struct rq *rq, const struct entity *role)
{
    struct entity *attached = NULL;
    size_t count = 0;

    TRY(attachment_list(rq->txn, role->id, rq->arena, &attached, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(attachment_remove(rq->txn, role, &attached[i]));
    }
    return role_delete(rq->txn, role);
}

enum rc iam_DeleteServiceLinkedRole(struct rq *rq, const struct iam_DeleteServiceLinkedRole_in *in,
                                    struct iam_DeleteServiceLinkedRole_out *out)
{
    struct page one = { .max = 1 };
    struct entity role, *profiles = NULL;
    size_t held = 0;
    str reason = STR_NONE, resource = STR_NONE;

    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    str service = role.path;
    if (!take_prefix(&service, STR("/aws-service-role/"))) {
        return api_fail(rq, ERR_InvalidInput, "The role %.*s is not a service-linked role.",
                        FMT(role.name));
    }
    /* "task/aws-service-role/SERVICE/ROLE/UUID"; the path ends in the slash behind the service. */
    str task = ARENA_JOIN(rq->arena, STR("task"), role.path, role.name, STR("/"), rq->request_id);
    if (task.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(profiles_of_role(rq->txn, role.id, &one, rq->arena, &profiles, &held));
    if (held > 0) {
        reason = STR("The role is used by an instance profile. Remove it from the profile first.");
        resource = entity_arn(&profiles[0], rq->arena);
    } else {
        TRY(delete_role(rq, &role));
    }
    TRY(q_deletion_task_forget(rq->txn, rq->now_s - TASK_KEPT_S));
    TRY(q_deletion_task_insert(rq->txn, task, rq->account, rq->now_s, reason, resource));
    out->DeletionTaskId = task;
    return RC_OK;
}

static enum rc failure_of(struct rq *rq, const struct q_deletion_task_get_row *row,
                          struct iam_DeletionTaskFailureReasonType **ret)
{
    struct iam_DeletionTaskFailureReasonType *why = NEW(rq->arena,
                                                        struct iam_DeletionTaskFailureReasonType);
    struct iam_RoleUsageType *usage = NEW(rq->arena, struct iam_RoleUsageType);
    str *resource = NEW(rq->arena, str);

    if (why == NULL || usage == NULL || resource == NULL) {
        return RC_NOMEM;
    }
    *resource = row->resource;
    usage->Region = rq->region;
    usage->Resources = (struct api_str_list){ resource, 1, true };
    why->Reason = row->reason;
    why->RoleUsageList = (struct iam_RoleUsageType_list){ usage, 1, true };
    *ret = why;
    return RC_OK;
}

enum rc iam_GetServiceLinkedRoleDeletionStatus(
    struct rq *rq, const struct iam_GetServiceLinkedRoleDeletionStatus_in *in,
    struct iam_GetServiceLinkedRoleDeletionStatus_out *out)
{
    struct q_deletion_task_get_row row;

    if (!str_starts(in->DeletionTaskId, STR("task/aws-service-role/"))) {
        return api_fail(rq, ERR_InvalidInput, "The deletion task id %.*s is not valid.",
                        FMT(in->DeletionTaskId));
    }
    enum rc rc = q_deletion_task_get(rq->txn, in->DeletionTaskId, rq->arena, &row);
    if (rc == RC_NOENT || (rc == RC_OK && row.account != rq->account)) {
        return api_fail(rq, ERR_NoSuchEntity, "The deletion task with id %.*s cannot be found.",
                        FMT(in->DeletionTaskId));
    }
    TRY(rc);
    out->Status = row.reason.ptr == NULL ? STR("SUCCEEDED") : STR("FAILED");
    return row.reason.ptr == NULL ? RC_OK : failure_of(rq, &row, &out->Reason);
}
