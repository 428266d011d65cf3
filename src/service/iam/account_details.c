/* GetAccountAuthorizationDetails: everybody in the account with everything that gives permissions,
 * page by page. A page ends at MaxItems or when it holds enough text: what one answer costs does not
 * grow with the account. */
#include "model/inline_policy.h"
#include "model/managed_policy.h"
#include "model/membership.h"
#include "model/profile.h"
#include "model/role.h"
#include "service/iam/iam.h"
#include "service/iam/policy.h"
#include "service/iam/role.h"

/* Of documents in one page; on the wire each may be three times as long. */
enum { PAGE_TEXT_BYTES = 1024 * 1024 };

struct walk {
    struct rq *rq;
    const struct iam_GetAccountAuthorizationDetails_in *in;
    struct iam_GetAccountAuthorizationDetails_out *out;
    size_t room;       /* items the page still takes */
    size_t text_bytes; /* documents it holds already */
};

/* --- what principals have in common ------------------------------------------------------------- */

static enum rc attached_of(struct walk *w, const struct entity *entity,
                           struct iam_AttachedPolicy_list *ret)
{
    struct entity *policies = NULL;
    struct iam_AttachedPolicy *items;
    size_t count = 0;

    TRY(attachment_list(w->rq->txn, entity->id, w->rq->arena, &policies, &count));
    items = NEW_ARRAY(w->rq->arena, count, struct iam_AttachedPolicy);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        items[i].PolicyName = policies[i].name;
        items[i].PolicyArn = entity_arn(&policies[i], w->rq->arena);
        if (items[i].PolicyArn.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    *ret = (struct iam_AttachedPolicy_list){ items, count, true };
    return RC_OK;
}

static enum rc inline_of(struct walk *w, const struct entity *entity,
                         struct iam_PolicyDetail_list *ret)
{
    struct inline_policy *policies = NULL;
    struct iam_PolicyDetail *items;
    size_t count = 0;

    TRY(inline_policy_list(w->rq->txn, entity->id, w->rq->arena, &policies, &count));
    items = NEW_ARRAY(w->rq->arena, count, struct iam_PolicyDetail);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct iam_PolicyDetail){ policies[i].name, policies[i].document };
        w->text_bytes += policies[i].document.len;
    }
    *ret = (struct iam_PolicyDetail_list){ items, count, true };
    return RC_OK;
}

static enum rc tags_of(struct walk *w, const struct entity *entity, struct iam_Tag_list *ret)
{
    return iam_get_all_tags(w->rq, entity->id, ret);
}

/* --- one entity --------------------------------------------------------------------------------- */

static enum rc groups_of(struct walk *w, const struct entity *user, struct api_str_list *ret)
{
    struct entity *groups = NULL;
    size_t count = 0;
    str *names;

    TRY(membership_groups(w->rq->txn, user->id, w->rq->arena, &groups, &count));
    names = NEW_ARRAY(w->rq->arena, count, str);
    if (names == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = groups[i].name;
    }
    *ret = (struct api_str_list){ names, count, true };
    return RC_OK;
}

static enum rc add_user(struct walk *w, const struct entity *user)
{
    struct iam_UserDetail *view = &w->out->UserDetailList.items[w->out->UserDetailList.count++];

    *view = (struct iam_UserDetail){ .Path = user->path,
                                     .UserName = user->name,
                                     .UserId = user->id,
                                     .Arn = entity_arn(user, w->rq->arena),
                                     .CreateDate = iam_time(user->created_s) };
    TRY(inline_of(w, user, &view->UserPolicyList));
    view->UserPolicyList.present = view->UserPolicyList.count > 0;
    TRY(groups_of(w, user, &view->GroupList));
    TRY(attached_of(w, user, &view->AttachedManagedPolicies));
    TRY(iam_get_boundary(w->rq, user, &view->PermissionsBoundary));
    TRY(tags_of(w, user, &view->Tags));
    return view->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc add_group(struct walk *w, const struct entity *group)
{
    struct iam_GroupDetail *view = &w->out->GroupDetailList.items[w->out->GroupDetailList.count++];

    *view = (struct iam_GroupDetail){ .Path = group->path,
                                      .GroupName = group->name,
                                      .GroupId = group->id,
                                      .Arn = entity_arn(group, w->rq->arena),
                                      .CreateDate = iam_time(group->created_s) };
    TRY(inline_of(w, group, &view->GroupPolicyList));
    TRY(attached_of(w, group, &view->AttachedManagedPolicies));
    return view->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc profiles_of(struct walk *w, const struct entity *role,
                           struct iam_InstanceProfile_list *ret)
{
    struct page page = { .max = PAGE_MAX };
    struct entity *profiles = NULL;
    size_t count = 0;

    TRY(profiles_of_role(w->rq->txn, role->id, &page, w->rq->arena, &profiles, &count));
    w->text_bytes += count * 1024; /* each shows the role and its trust policy again */
    return iam_profile_views(w->rq, profiles, count, ret);
}

static enum rc add_role(struct walk *w, const struct entity *entity)
{
    struct iam_RoleDetail *view = &w->out->RoleDetailList.items[w->out->RoleDetailList.count++];
    struct iam_Role shown = { 0 };
    struct role role;

    TRY(role_of_entity(w->rq->txn, entity, w->rq->arena, &role));
    TRY(iam_role_view(w->rq, &role, &shown));
    TRY(iam_role_last_used(w->rq, &role, &shown.RoleLastUsed));
    *view = (struct iam_RoleDetail){ .Path = shown.Path,
                                     .RoleName = shown.RoleName,
                                     .RoleId = shown.RoleId,
                                     .Arn = shown.Arn,
                                     .CreateDate = shown.CreateDate,
                                     .AssumeRolePolicyDocument = shown.AssumeRolePolicyDocument,
                                     .RoleLastUsed = shown.RoleLastUsed };
    w->text_bytes += shown.AssumeRolePolicyDocument.len;
    TRY(profiles_of(w, entity, &view->InstanceProfileList));
    TRY(inline_of(w, entity, &view->RolePolicyList));
    TRY(attached_of(w, entity, &view->AttachedManagedPolicies));
    TRY(iam_get_boundary(w->rq, entity, &view->PermissionsBoundary));
    return tags_of(w, entity, &view->Tags);
}

static enum rc versions_of(struct walk *w, const struct managed_policy *policy,
                           struct iam_PolicyVersion_list *ret)
{
    struct policy_version *versions = NULL;
    struct iam_PolicyVersion *items;
    size_t count = 0;

    TRY(policy_version_list(w->rq->txn, policy, w->rq->arena, &versions, &count));
    items = NEW_ARRAY(w->rq->arena, count, struct iam_PolicyVersion);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(iam_version_view(w->rq, &versions[i], true, &items[i]));
        w->text_bytes += versions[i].document.len;
    }
    *ret = (struct iam_PolicyVersion_list){ items, count, true };
    return RC_OK;
}

static enum rc add_policy(struct walk *w, const struct entity *entity)
{
    struct iam_ManagedPolicyDetail *view = &w->out->Policies.items[w->out->Policies.count];
    struct iam_Policy shown = { 0 };
    struct managed_policy policy;

    TRY(managed_policy_of_entity(w->rq->txn, entity, w->rq->arena, &policy));
    TRY(iam_policy_view(w->rq, &policy, &shown));
    if (entity->account == ACCOUNT_AWS && shown.AttachmentCount.value == 0 &&
        shown.PermissionsBoundaryUsageCount.value == 0) {
        w->room++; /* of AWS's own only those in use are shown */
        return RC_OK;
    }
    *view = (struct iam_ManagedPolicyDetail){
        .PolicyName = shown.PolicyName,
        .PolicyId = shown.PolicyId,
        .Arn = shown.Arn,
        .Path = shown.Path,
        .DefaultVersionId = shown.DefaultVersionId,
        .AttachmentCount = shown.AttachmentCount,
        .PermissionsBoundaryUsageCount = shown.PermissionsBoundaryUsageCount,
        .IsAttachable = shown.IsAttachable,
        .Description = policy.description,
        .CreateDate = shown.CreateDate,
        .UpdateDate = shown.UpdateDate,
    };
    w->out->Policies.count++;
    return versions_of(w, &policy, &view->PolicyVersionList);
}

/* --- the walk ----------------------------------------------------------------------------------- */

/* In this order; a marker is the stage's letter and the name it goes on behind. */
static const struct stage {
    char letter;
    enum entity_kind kind;
    bool aws;   /* those that exist in every account */
    str filter; /* what Filter calls it */
    enum rc (*add)(struct walk *w, const struct entity *entity);
} stages[] = {
    { 'u', ENTITY_USER, false, STR_INIT("User"), add_user },
    { 'g', ENTITY_GROUP, false, STR_INIT("Group"), add_group },
    { 'r', ENTITY_ROLE, false, STR_INIT("Role"), add_role },
    { 'p', ENTITY_POLICY, false, STR_INIT("LocalManagedPolicy"), add_policy },
    { 'a', ENTITY_POLICY, true, STR_INIT("AWSManagedPolicy"), add_policy },
};

static bool is_wanted(const struct walk *w, const struct stage *stage)
{
    for (size_t i = 0; i < w->in->Filter.count; i++) {
        if (str_eq(w->in->Filter.items[i], stage->filter)) {
            return true;
        }
    }
    return w->in->Filter.count == 0;
}

static bool is_full(const struct walk *w)
{
    return w->room == 0 || w->text_bytes >= PAGE_TEXT_BYTES;
}

/* From behind `page->marker` on. page->truncated and next_marker say where the page ended, if it ended
 * within the stage. */
static enum rc walk_stage(struct walk *w, const struct stage *stage, struct page *page)
{
    struct entity *entities = NULL;
    size_t count = 0;

    page->max = stage->aws ? PAGE_MAX : w->room; /* most of AWS's own are passed over */
    TRY(entity_list(w->rq->txn, stage->aws ? ACCOUNT_AWS : w->rq->account, stage->kind, STR_NONE,
                    page, w->rq->arena, &entities, &count));
    for (size_t i = 0; i < count; i++) {
        if (is_full(w)) {
            page->truncated = true;
            page->next_marker = name_fold(entities[i - 1].name, w->rq->arena);
            return page->next_marker.ptr == NULL ? RC_NOMEM : RC_OK;
        }
        TRY(stage->add(w, &entities[i]));
        w->room--;
    }
    return RC_OK;
}

static size_t first_stage(str marker)
{
    size_t at = 0;

    while (marker.len > 0 && at < COUNT_OF(stages) && stages[at].letter != marker.ptr[0]) {
        at++;
    }
    return at;
}

static enum rc walk_all(struct walk *w, struct page *page)
{
    size_t at = first_stage(page->marker);

    page->marker = page->marker.len <= 1 ? STR_NONE : str_skip(page->marker, 1);
    for (; at < COUNT_OF(stages); at++) {
        if (!is_wanted(w, &stages[at])) {
            continue;
        }
        if (is_full(w)) { /* the next page begins with this stage */
            page->truncated = true;
            page->next_marker = STR("");
        } else {
            TRY(walk_stage(w, &stages[at], page));
        }
        if (page->truncated) {
            page->next_marker = arena_printf(w->rq->arena, "%c%.*s", stages[at].letter,
                                             FMT(page->next_marker));
            return page->next_marker.ptr == NULL ? RC_NOMEM : RC_OK;
        }
        page->marker = STR_NONE;
    }
    return RC_OK;
}

static enum rc make_room(struct walk *w, size_t max)
{
    struct arena *arena = w->rq->arena;
    struct iam_GetAccountAuthorizationDetails_out *out = w->out;

    out->UserDetailList.items = NEW_ARRAY(arena, max, struct iam_UserDetail);
    out->GroupDetailList.items = NEW_ARRAY(arena, max, struct iam_GroupDetail);
    out->RoleDetailList.items = NEW_ARRAY(arena, max, struct iam_RoleDetail);
    out->Policies.items = NEW_ARRAY(arena, max, struct iam_ManagedPolicyDetail);
    out->UserDetailList.present = out->GroupDetailList.present = true;
    out->RoleDetailList.present = out->Policies.present = true;
    w->room = max;
    return out->UserDetailList.items == NULL || out->GroupDetailList.items == NULL ||
                   out->RoleDetailList.items == NULL || out->Policies.items == NULL
               ? RC_NOMEM
               : RC_OK;
}

enum rc iam_GetAccountAuthorizationDetails(struct rq *rq,
                                           const struct iam_GetAccountAuthorizationDetails_in *in,
                                           struct iam_GetAccountAuthorizationDetails_out *out)
{
    struct walk w = { .rq = rq, .in = in, .out = out };
    struct page page;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(make_room(&w, page.max));
    TRY(walk_all(&w, &page));
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}
