/* Versions of managed policies: v1, v2, ... never numbered twice. */
#include "model/managed_policy.h"

#include "service/iam/iam.h"
#include "service/iam/policy.h"

/* "v3" to 3; forms such as "v3.x" name no version of ours. */
static int64_t version_number(str id)
{
    int64_t number = 0;

    return take_prefix(&id, STR("v")) && str_to_i64(id, &number) == RC_OK ? number : 0;
}

static enum rc fail_version(struct rq *rq, str arn, str id)
{
    return api_fail(rq, ERR_NoSuchEntity,
                    "Policy %.*s version %.*s does not exist or is not attachable.", FMT(arn),
                    FMT(id));
}

/* The policy of a version that is named together with it: either may be what is missing. */
static enum rc find_versioned(struct rq *rq, str arn, str id, struct managed_policy *ret)
{
    enum rc rc = iam_managed_by_arn(rq, arn, ret);

    return rc == RC_NOENT ? fail_version(rq, arn, id) : rc;
}

enum rc iam_version_view(struct rq *rq, const struct policy_version *version, bool with_document,
                         struct iam_PolicyVersion *ret)
{
    ret->Document = with_document ? version->document : STR_NONE;
    ret->VersionId = arena_printf(rq->arena, "v%lld", (long long)version->version);
    ret->IsDefaultVersion = (struct opt_bool){ version->is_default, true };
    ret->CreateDate = iam_time(version->created_s);
    return ret->VersionId.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_CreatePolicyVersion(struct rq *rq, const struct iam_CreatePolicyVersion_in *in,
                                struct iam_CreatePolicyVersion_out *out)
{
    bool make_default = in->SetAsDefault.present && in->SetAsDefault.value;
    struct managed_policy policy;
    struct policy_version version;
    enum rc rc;

    TRY(iam_find_managed_own(rq, in->PolicyArn, &policy));
    TRY(iam_check_managed_document(rq, in->PolicyDocument));
    rc = policy_version_add(rq->txn, &policy, in->PolicyDocument, make_default, rq->now_s,
                            rq->arena, &version);
    if (rc == RC_LIMIT) {
        return api_fail(rq, ERR_LimitExceeded,
                        "A managed policy can have up to 5 versions. Before you create a new "
                        "version, you must delete an existing version.");
    }
    TRY(rc);
    out->PolicyVersion = NEW(rq->arena, struct iam_PolicyVersion);
    return out->PolicyVersion == NULL ? RC_NOMEM
                                      : iam_version_view(rq, &version, false, out->PolicyVersion);
}

enum rc iam_GetPolicyVersion(struct rq *rq, const struct iam_GetPolicyVersion_in *in,
                             struct iam_GetPolicyVersion_out *out)
{
    struct managed_policy policy;
    struct policy_version version;
    enum rc rc;

    TRY(find_versioned(rq, in->PolicyArn, in->VersionId, &policy));
    rc = policy_version_get(rq->txn, &policy, version_number(in->VersionId), rq->arena, &version);
    if (rc == RC_NOENT) {
        return fail_version(rq, in->PolicyArn, in->VersionId);
    }
    TRY(rc);
    out->PolicyVersion = NEW(rq->arena, struct iam_PolicyVersion);
    return out->PolicyVersion == NULL ? RC_NOMEM
                                      : iam_version_view(rq, &version, true, out->PolicyVersion);
}

enum rc iam_ListPolicyVersions(struct rq *rq, const struct iam_ListPolicyVersions_in *in,
                               struct iam_ListPolicyVersions_out *out)
{
    struct policy_version *versions = NULL;
    struct managed_policy policy;
    struct iam_PolicyVersion *items;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find_managed(rq, in->PolicyArn, &policy));
    TRY(policy_version_list(rq->txn, &policy, rq->arena, &versions, &count));
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    items = NEW_ARRAY(rq->arena, slice.count, struct iam_PolicyVersion);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        TRY(iam_version_view(rq, &versions[slice.from + i], false, &items[i]));
    }
    out->Versions = (struct iam_PolicyVersion_list){ items, slice.count, true };
    return RC_OK;
}

enum rc iam_DeletePolicyVersion(struct rq *rq, const struct iam_DeletePolicyVersion_in *in)
{
    struct managed_policy policy;
    enum rc rc;

    TRY(find_versioned(rq, in->PolicyArn, in->VersionId, &policy));
    TRY(iam_refuse_aws_owned(rq, &policy, in->PolicyArn));
    rc = policy_version_delete(rq->txn, &policy, version_number(in->VersionId));
    if (rc == RC_CONFLICT) {
        return api_fail(rq, ERR_DeleteConflict, "Cannot delete the default version of a policy.");
    }
    return rc == RC_NOENT ? fail_version(rq, in->PolicyArn, in->VersionId) : rc;
}

enum rc iam_SetDefaultPolicyVersion(struct rq *rq, const struct iam_SetDefaultPolicyVersion_in *in)
{
    struct managed_policy policy;
    enum rc rc;

    TRY(find_versioned(rq, in->PolicyArn, in->VersionId, &policy));
    TRY(iam_refuse_aws_owned(rq, &policy, in->PolicyArn));
    rc = policy_version_set_default(rq->txn, &policy, version_number(in->VersionId), rq->now_s,
                                    rq->arena);
    return rc == RC_NOENT ? fail_version(rq, in->PolicyArn, in->VersionId) : rc;
}
