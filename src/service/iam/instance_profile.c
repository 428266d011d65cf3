/* Instance profiles. */
#include "model/profile.h"

#include "model/role.h"
#include "service/iam/iam.h"
#include "service/iam/role.h"

static enum rc profile_view(struct rq *rq, const struct entity *profile,
                            struct iam_InstanceProfile *ret)
{
    struct entity entity;
    enum rc rc = profile_role(rq->txn, profile->id, rq->arena, &entity);

    ret->Path = profile->path;
    ret->InstanceProfileName = profile->name;
    ret->InstanceProfileId = profile->id;
    ret->Arn = entity_arn(profile, rq->arena);
    ret->CreateDate = iam_time(profile->created_s);
    ret->Roles = (struct iam_Role_list){ .present = true };
    if (ret->Arn.ptr == NULL) {
        return RC_NOMEM;
    }
    if (rc == RC_NOENT) {
        return RC_OK;
    }
    TRY(rc);
    struct role role;
    TRY(role_of_entity(rq->txn, &entity, rq->arena, &role));
    ret->Roles.items = NEW(rq->arena, struct iam_Role);
    ret->Roles.count = 1;
    if (ret->Roles.items == NULL) {
        return RC_NOMEM;
    }
    role.description = STR_NONE; /* as AWS: GetRole shows it */
    return iam_role_view(rq, &role, ret->Roles.items);
}

static enum rc new_view(struct rq *rq, const struct entity *profile,
                        struct iam_InstanceProfile **ret)
{
    *ret = NEW(rq->arena, struct iam_InstanceProfile);
    if (*ret == NULL) {
        return RC_NOMEM;
    }
    return profile_view(rq, profile, *ret);
}

enum rc iam_profile_views(struct rq *rq, const struct entity *profiles, size_t count,
                          struct iam_InstanceProfile_list *ret)
{
    struct iam_InstanceProfile *items = NEW_ARRAY(rq->arena, count, struct iam_InstanceProfile);

    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(profile_view(rq, &profiles[i], &items[i]));
    }
    *ret = (struct iam_InstanceProfile_list){ items, count, true };
    return RC_OK;
}

enum rc iam_CreateInstanceProfile(struct rq *rq, const struct iam_CreateInstanceProfile_in *in,
                                  struct iam_CreateInstanceProfile_out *out)
{
    struct entity profile = { .kind = ENTITY_PROFILE,
                              .name = in->InstanceProfileName,
                              .path = in->Path };

    TRY(iam_check_tags(rq, ENTITY_PROFILE, &in->Tags));
    TRY(iam_insert(rq, &profile));
    TRY(iam_insert_extras(rq, &profile, &in->Tags, STR_NONE));
    TRY(new_view(rq, &profile, &out->InstanceProfile));
    out->InstanceProfile->Tags = iam_given_tags(&in->Tags);
    return RC_OK;
}

enum rc iam_GetInstanceProfile(struct rq *rq, const struct iam_GetInstanceProfile_in *in,
                               struct iam_GetInstanceProfile_out *out)
{
    struct entity profile;

    TRY(iam_find(rq, ENTITY_PROFILE, in->InstanceProfileName, &profile));
    TRY(new_view(rq, &profile, &out->InstanceProfile));
    return iam_get_all_tags(rq, profile.id, &out->InstanceProfile->Tags);
}

enum rc iam_DeleteInstanceProfile(struct rq *rq, const struct iam_DeleteInstanceProfile_in *in)
{
    struct entity profile, role;
    enum rc rc;

    TRY(iam_find(rq, ENTITY_PROFILE, in->InstanceProfileName, &profile));
    rc = profile_role(rq->txn, profile.id, rq->arena, &role);
    TRY(rc == RC_NOENT ? RC_OK : rc);
    TRY(iam_refuse_while(rq, rc == RC_OK ? 1 : 0, "remove roles from instance profile"));
    return entity_delete(rq->txn, &profile);
}

enum rc iam_AddRoleToInstanceProfile(struct rq *rq,
                                     const struct iam_AddRoleToInstanceProfile_in *in)
{
    struct entity profile, role;
    enum rc rc;

    TRY(iam_find(rq, ENTITY_PROFILE, in->InstanceProfileName, &profile));
    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    TRY(iam_refuse_protected(rq, &role));
    rc = profile_add_role(rq->txn, &profile, &role);
    /* AWS names this quota by an older word than the others. */
    return rc == RC_LIMIT
               ? api_fail(rq, ERR_LimitExceeded,
                          "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
               : rc;
}

enum rc iam_RemoveRoleFromInstanceProfile(struct rq *rq,
                                          const struct iam_RemoveRoleFromInstanceProfile_in *in)
{
    struct entity profile, role;
    enum rc rc;

    TRY(iam_find(rq, ENTITY_PROFILE, in->InstanceProfileName, &profile));
    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    TRY(iam_refuse_protected(rq, &role));
    rc = profile_remove_role(rq->txn, &profile, &role);
    return rc == RC_NOENT ? api_fail(rq, ERR_NoSuchEntity,
                                     "Role %.*s in Instance Profile %.*s cannot be found.",
                                     FMT(role.name), FMT(profile.name))
                          : rc;
}

enum rc iam_ListInstanceProfiles(struct rq *rq, const struct iam_ListInstanceProfiles_in *in,
                                 struct iam_ListInstanceProfiles_out *out)
{
    struct entity *profiles = NULL;
    struct page page;
    size_t count = 0;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(entity_list(rq->txn, rq->account, ENTITY_PROFILE, in->PathPrefix, &page, rq->arena,
                    &profiles, &count));
    TRY(iam_profile_views(rq, profiles, count, &out->InstanceProfiles));
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

enum rc iam_ListInstanceProfilesForRole(struct rq *rq,
                                        const struct iam_ListInstanceProfilesForRole_in *in,
                                        struct iam_ListInstanceProfilesForRole_out *out)
{
    struct entity role, *profiles = NULL;
    struct page page;
    size_t count = 0;

    TRY(iam_find(rq, ENTITY_ROLE, in->RoleName, &role));
    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(profiles_of_role(rq->txn, role.id, &page, rq->arena, &profiles, &count));
    TRY(iam_profile_views(rq, profiles, count, &out->InstanceProfiles));
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

enum rc iam_TagInstanceProfile(struct rq *rq, const struct iam_TagInstanceProfile_in *in)
{
    struct entity profile;

    TRY(iam_find(rq, ENTITY_PROFILE, in->InstanceProfileName, &profile));
    return iam_put_tags(rq, profile.id, &in->Tags);
}

enum rc iam_UntagInstanceProfile(struct rq *rq, const struct iam_UntagInstanceProfile_in *in)
{
    struct entity profile;

    TRY(iam_find(rq, ENTITY_PROFILE, in->InstanceProfileName, &profile));
    return iam_remove_tags(rq, profile.id, &in->TagKeys);
}

enum rc iam_ListInstanceProfileTags(struct rq *rq, const struct iam_ListInstanceProfileTags_in *in,
                                    struct iam_ListInstanceProfileTags_out *out)
{
    struct entity profile;

    TRY(iam_find(rq, ENTITY_PROFILE, in->InstanceProfileName, &profile));
    return iam_page_tags(rq, profile.id, in->Marker, in->MaxItems, &out->Tags, &out->IsTruncated,
                         &out->Marker);
}
