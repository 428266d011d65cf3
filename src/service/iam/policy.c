/* Managed policies: making, showing, listing, deleting. Their versions: policy_version.c. */
#include "service/iam/policy.h"

#include "codec/arn.h"
#include "model/managed_policy.h"
#include "model/quota.h"
#include "service/iam/iam.h"

enum rc iam_managed_by_arn(struct rq *rq, str arn, struct managed_policy *ret)
{
    struct arn parts;
    enum rc rc;

    if (arn_parse(arn, &parts) != RC_OK) {
        return api_fail(rq, ERR_ValidationError, "Invalid ARN:  Could not be parsed!");
    }
    rc = managed_policy_by_arn(rq->txn, arn, rq->arena, ret);
    if (rc == RC_SYNTAX ||
        (rc == RC_OK && ret->entity.account != rq->account && ret->entity.account != ACCOUNT_AWS)) {
        return RC_NOENT;
    }
    return rc;
}

enum rc iam_find_managed(struct rq *rq, str arn, struct managed_policy *ret)
{
    enum rc rc = iam_managed_by_arn(rq, arn, ret);

    return rc == RC_NOENT ? api_fail(rq, ERR_NoSuchEntity, "Policy %.*s was not found.", FMT(arn))
                          : rc;
}

enum rc iam_refuse_aws_owned(struct rq *rq, const struct managed_policy *policy, str arn)
{
    if (policy->entity.account != rq->account) {
        return api_fail(rq, ERR_AccessDenied, "Policy %.*s is owned by AWS and cannot be changed.",
                        FMT(arn));
    }
    return RC_OK;
}

enum rc iam_find_managed_own(struct rq *rq, str arn, struct managed_policy *ret)
{
    TRY(iam_find_managed(rq, arn, ret));
    return iam_refuse_aws_owned(rq, ret, arn);
}

enum rc iam_check_managed_document(struct rq *rq, str document)
{
    int64_t limit;

    TRY(iam_check_policy(rq, document, true));
    TRY(quota_get(rq->txn, rq->account, QUOTA_POLICY_SIZE, &limit));
    return policy_size(document) > (uint64_t)limit ? iam_fail_quota(rq, QUOTA_POLICY_SIZE) : RC_OK;
}

enum rc iam_policy_view(struct rq *rq, const struct managed_policy *policy, struct iam_Policy *ret)
{
    const struct entity *entity = &policy->entity;
    int64_t attached = 0, bounding = 0;

    TRY(policy_usage_count(rq->txn, entity->id, USAGE_ATTACHED, rq->account, rq->arena, &attached));
    TRY(policy_usage_count(rq->txn, entity->id, USAGE_BOUNDARY, rq->account, rq->arena, &bounding));
    ret->PolicyName = entity->name;
    ret->PolicyId = entity->id;
    ret->Arn = entity_arn(entity, rq->arena);
    ret->Path = entity->path;
    ret->DefaultVersionId = arena_printf(rq->arena, "v%lld", (long long)policy->default_version);
    ret->AttachmentCount = (struct opt_int){ attached, true };
    ret->PermissionsBoundaryUsageCount = (struct opt_int){ bounding, true };
    ret->IsAttachable = (struct opt_bool){ true, true };
    ret->CreateDate = iam_time(entity->created_s);
    ret->UpdateDate = iam_time(policy->updated_s);
    return ret->Arn.ptr == NULL || ret->DefaultVersionId.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_CreatePolicy(struct rq *rq, const struct iam_CreatePolicy_in *in,
                         struct iam_CreatePolicy_out *out)
{
    struct managed_policy policy = {
        .entity = { .account = rq->account,
                    .kind = ENTITY_POLICY,
                    .name = in->PolicyName,
                    .path = in->Path,
                    .created_s = rq->now_s },
        .description = in->Description,
    };
    enum rc rc;

    TRY(iam_check_tags(rq, ENTITY_POLICY, &in->Tags));
    TRY(iam_check_managed_document(rq, in->PolicyDocument));
    rc = managed_policy_insert(rq->txn, rq->env, &policy, in->PolicyDocument, rq->arena);
    if (rc == RC_EXISTS) {
        return iam_fail_exists(rq, ENTITY_POLICY, in->PolicyName);
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, QUOTA_POLICIES);
    }
    TRY(rc);
    TRY(iam_insert_extras(rq, &policy.entity, &in->Tags, STR_NONE));
    out->Policy = NEW(rq->arena, struct iam_Policy);
    if (out->Policy == NULL) {
        return RC_NOMEM;
    }
    TRY(iam_policy_view(rq, &policy, out->Policy));
    out->Policy->Tags = iam_given_tags(&in->Tags);
    return RC_OK;
}

enum rc iam_GetPolicy(struct rq *rq, const struct iam_GetPolicy_in *in,
                      struct iam_GetPolicy_out *out)
{
    struct managed_policy policy;

    TRY(iam_find_managed(rq, in->PolicyArn, &policy));
    out->Policy = NEW(rq->arena, struct iam_Policy);
    if (out->Policy == NULL) {
        return RC_NOMEM;
    }
    TRY(iam_policy_view(rq, &policy, out->Policy));
    out->Policy->Description = policy.description;
    return iam_get_all_tags(rq, policy.entity.id, &out->Policy->Tags);
}

enum rc iam_DeletePolicy(struct rq *rq, const struct iam_DeletePolicy_in *in)
{
    struct managed_policy policy;
    struct policy_version *versions = NULL;
    int64_t attached = 0, bounding = 0;
    size_t count = 0;

    TRY(iam_find_managed_own(rq, in->PolicyArn, &policy));
    str id = policy.entity.id;
    TRY(policy_usage_count(rq->txn, id, USAGE_ATTACHED, rq->account, rq->arena, &attached));
    TRY(policy_usage_count(rq->txn, id, USAGE_BOUNDARY, rq->account, rq->arena, &bounding));
    TRY(policy_version_list(rq->txn, &policy, rq->arena, &versions, &count));
    if (attached > 0 || bounding > 0) {
        return api_fail(rq, ERR_DeleteConflict, "Cannot delete a policy attached to entities.");
    }
    if (count > 1) {
        return api_fail(rq, ERR_DeleteConflict,
                        "This policy has more than one version. Before you delete a policy, you "
                        "must delete the policy's versions. The default version is deleted with "
                        "the policy.");
    }
    return managed_policy_delete(rq->txn, &policy.entity);
}

/* --- listing --- */

struct listing {
    const struct iam_ListPolicies_in *in;
    struct iam_Policy *items;
    size_t count;
};

static bool is_wanted(const struct iam_ListPolicies_in *in, const struct iam_Policy *policy)
{
    bool attached = policy->AttachmentCount.value > 0;
    bool bounding = policy->PermissionsBoundaryUsageCount.value > 0;

    if (in->OnlyAttached.present && in->OnlyAttached.value && !attached) {
        return false;
    }
    if (str_eq(in->PolicyUsageFilter, STR("PermissionsPolicy"))) {
        return attached;
    }
    return !str_eq(in->PolicyUsageFilter, STR("PermissionsBoundary")) || bounding;
}

/* One page of one owner's policies, filtered. */
static enum rc list_owner(struct rq *rq, struct listing *list, int64_t owner, struct page *page)
{
    struct entity *entities = NULL;
    size_t count = 0;

    TRY(entity_list(rq->txn, owner, ENTITY_POLICY, list->in->PathPrefix, page, rq->arena, &entities,
                    &count));
    for (size_t i = 0; i < count; i++) {
        struct iam_Policy *view = &list->items[list->count];
        struct managed_policy policy;
        TRY(managed_policy_of_entity(rq->txn, &entities[i], rq->arena, &policy));
        *view = (struct iam_Policy){ .PolicyName = STR_NONE };
        TRY(iam_policy_view(rq, &policy, view));
        list->count += is_wanted(list->in, view) ? 1 : 0;
    }
    return RC_OK;
}

/* The account's own come first, then AWS's; a marker says whose turn it is by its first letter. */
enum rc iam_ListPolicies(struct rq *rq, const struct iam_ListPolicies_in *in,
                         struct iam_ListPolicies_out *out)
{
    static const str turns = STR_INIT("LA");
    const int64_t owners[] = { rq->account, ACCOUNT_AWS };
    struct listing list = { .in = in };
    struct page page;
    size_t turn = 0, last;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    turn = str_eq(in->Scope, STR("AWS")) ? 1 : 0;
    last = str_eq(in->Scope, STR("Local")) ? 0 : 1;
    if (page.marker.len > 0) {
        turn = page.marker.ptr[0] == turns.ptr[1] ? 1 : 0;
        page.marker = str_skip(page.marker, 1);
    }
    list.items = NEW_ARRAY(rq->arena, page.max, struct iam_Policy);
    if (list.items == NULL) {
        return RC_NOMEM;
    }
    TRY(list_owner(rq, &list, owners[turn], &page));
    if (!page.truncated && turn < last) {
        size_t room = page.max - list.count;
        turn++;
        page.marker = page.next_marker = STR_NONE;
        page.truncated = room == 0; /* the next page begins with the next owner */
        if (room > 0) {
            page.max = room;
            TRY(list_owner(rq, &list, owners[turn], &page));
        }
    }
    if (page.truncated) {
        page.next_marker = arena_printf(rq->arena, "%c%.*s", turns.ptr[turn],
                                        FMT(page.next_marker));
    }
    out->Policies = (struct iam_Policy_list){ list.items, list.count, true };
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

/* --- tags --- */

enum rc iam_TagPolicy(struct rq *rq, const struct iam_TagPolicy_in *in)
{
    struct managed_policy policy;

    TRY(iam_find_managed_own(rq, in->PolicyArn, &policy));
    return iam_put_tags(rq, policy.entity.id, &in->Tags);
}

enum rc iam_UntagPolicy(struct rq *rq, const struct iam_UntagPolicy_in *in)
{
    struct managed_policy policy;

    TRY(iam_find_managed_own(rq, in->PolicyArn, &policy));
    return iam_remove_tags(rq, policy.entity.id, &in->TagKeys);
}

enum rc iam_ListPolicyTags(struct rq *rq, const struct iam_ListPolicyTags_in *in,
                           struct iam_ListPolicyTags_out *out)
{
    struct managed_policy policy;

    TRY(iam_find_managed(rq, in->PolicyArn, &policy));
    return iam_page_tags(rq, policy.entity.id, in->Marker, in->MaxItems, &out->Tags,
                         &out->IsTruncated, &out->Marker);
}
