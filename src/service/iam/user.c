#include "model/access_key.h"
#include "model/account.h"
#include "model/credential.h"
#include "model/inline_policy.h"
#include "model/membership.h"
#include "model/mfa.h"
#include "model/password.h"
#include "service/iam/iam.h"

static enum rc new_user_view(struct rq *rq, struct iam_User **ret)
{
    *ret = NEW(rq->arena, struct iam_User);
    return *ret == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_CreateUser(struct rq *rq, const struct iam_CreateUser_in *in,
                       struct iam_CreateUser_out *out)
{
    struct entity user = { .kind = ENTITY_USER, .name = in->UserName, .path = in->Path };

    TRY(iam_check_tags(rq, ENTITY_USER, &in->Tags));
    TRY(iam_insert(rq, &user));
    TRY(iam_insert_extras(rq, &user, &in->Tags, in->PermissionsBoundary));
    TRY(new_user_view(rq, &out->User));
    TRY(iam_user_view(rq, &user, out->User));
    TRY(iam_get_boundary(rq, &user, &out->User->PermissionsBoundary));
    out->User->Tags = iam_given_tags(&in->Tags);
    return RC_OK;
}

enum rc iam_root_view(struct rq *rq, struct iam_User *ret)
{
    struct account account;

    TRY(account_get(rq->txn, rq->account, rq->arena, &account));
    ret->UserId = rq->account_text;
    ret->Arn = arena_printf(rq->arena, "arn:%.*s:iam::%.*s:root", FMT(rq->partition),
                            FMT(rq->account_text));
    ret->CreateDate = iam_time(account.created_s);
    return ret->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

/* Absent while the user has no password or has not signed in with it. */
static enum rc show_password_use(struct rq *rq, struct iam_User *user)
{
    struct login_profile profile;
    enum rc rc = login_profile_get(rq->txn, user->UserId, rq->arena, &profile);

    if (rc == RC_OK && profile.last_used_s != 0) {
        user->PasswordLastUsed = iam_time(profile.last_used_s);
    }
    return rc == RC_NOENT ? RC_OK : rc;
}

enum rc iam_GetUser(struct rq *rq, const struct iam_GetUser_in *in, struct iam_GetUser_out *out)
{
    struct iam_owner owner;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(new_user_view(rq, &out->User));
    if (owner.is_root) {
        return iam_root_view(rq, out->User);
    }
    TRY(iam_user_view(rq, &owner.user, out->User));
    TRY(show_password_use(rq, out->User));
    TRY(iam_get_boundary(rq, &owner.user, &out->User->PermissionsBoundary));
    return iam_get_tags(rq, owner.id, &out->User->Tags);
}

enum rc iam_UpdateUser(struct rq *rq, const struct iam_UpdateUser_in *in)
{
    struct entity user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    str name = in->NewUserName.ptr == NULL ? user.name : in->NewUserName;
    str path = in->NewPath.ptr == NULL ? user.path : in->NewPath;
    enum rc rc = entity_rename(rq->txn, &user, name, path, rq->arena);
    return rc == RC_EXISTS ? iam_fail_exists(rq, ENTITY_USER, name) : rc;
}

/* What AWS names one by one, and what it calls referenced objects. */
static enum rc refuse_while_credentials(struct rq *rq, const struct entity *user)
{
    static const struct {
        enum credential_kind kind;
        const char *what;
    } rows[] = {
        { CREDENTIAL_SIGNING_CERTIFICATE, "delete signing certificates" },
        { CREDENTIAL_SSH_KEY, "remove referenced objects" },
        { CREDENTIAL_SERVICE, "remove referenced objects" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t held = 0;
        TRY(credential_count(rq->txn, user->id, rows[i].kind, rq->arena, &held));
        TRY(iam_refuse_while(rq, held, rows[i].what));
    }
    return RC_OK;
}

static enum rc refuse_while_profile(struct rq *rq, str user_id)
{
    struct login_profile profile;
    enum rc rc = login_profile_get(rq->txn, user_id, rq->arena, &profile);

    return rc == RC_NOENT ? RC_OK
           : rc == RC_OK  ? iam_refuse_while(rq, 1, "delete login profile")
                          : rc;
}

enum rc iam_DeleteUser(struct rq *rq, const struct iam_DeleteUser_in *in)
{
    struct entity user;
    int64_t keys = 0, groups = 0, attached = 0, inline_policies = 0, devices = 0;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    TRY(access_key_count(rq->txn, user.id, rq->arena, &keys));
    TRY(membership_group_count(rq->txn, user.id, rq->arena, &groups));
    TRY(attachment_count(rq->txn, user.id, rq->arena, &attached));
    TRY(inline_policy_count(rq->txn, user.id, rq->arena, &inline_policies));
    TRY(mfa_count_owned(rq->txn, user.id, rq->arena, &devices));
    TRY(iam_refuse_while(rq, attached, "detach all policies"));
    TRY(iam_refuse_while(rq, inline_policies, "delete policies"));
    TRY(iam_refuse_while(rq, groups, "remove users from group"));
    TRY(iam_refuse_while(rq, keys, "delete access keys"));
    TRY(refuse_while_credentials(rq, &user));
    TRY(iam_refuse_while(rq, devices, "delete MFA device"));
    TRY(refuse_while_profile(rq, user.id));
    TRY(boundary_set(rq->txn, &user, NULL, rq->arena));
    return entity_delete(rq->txn, &user);
}

enum rc iam_ListUsers(struct rq *rq, const struct iam_ListUsers_in *in,
                      struct iam_ListUsers_out *out)
{
    struct entity *users = NULL;
    struct page page;
    size_t count = 0;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(entity_list(rq->txn, rq->account, ENTITY_USER, in->PathPrefix, &page, rq->arena, &users,
                    &count));
    TRY(iam_user_views(rq, users, count, &out->Users));
    for (size_t i = 0; i < count; i++) {
        TRY(show_password_use(rq, &out->Users.items[i]));
    }
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}
