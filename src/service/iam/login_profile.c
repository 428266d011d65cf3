/* Passwords of users. Each change has two steps: what takes a core for a while (hashing, comparing
 * with older ones) on a thread of a pool, then the write. Between them others may have changed what
 * the first step looked at: the write checks and refuses. */
#include "service/iam/iam.h"
#include "service/iam/signin.h"
#include "system/attempts.h"
#include "vault/password.h"

struct password_work { /* in rq->prepared */
    str owner_id, about;
    str old, password;            /* old absent: nobody has to know it */
    bool replaces;                /* there is a profile already */
    struct login_profile profile; /* which */
    str *older;                   /* hashes the new one must not fit */
    size_t older_count;
    str wrapped; /* out: hash of the new one */
};

/* --- on a thread of the pool -------------------------------------------------------------------- */

enum rc signin_password(struct rq *rq, const struct login_profile *profile, str password,
                        int64_t *ret_wait_s)
{
    str about = STR("password"), whom = STR("password/nobody");
    enum rc rc;

    if (profile != NULL) {
        about = whom = login_profile_about(profile->account, profile->owner_id, rq->arena);
        if (about.ptr == NULL) {
            return RC_NOMEM;
        }
        TRY(attempts_take(rq->attempts, whom, ret_wait_s));
    }
    rc = password_verify(rq->vault, about, profile == NULL ? STR_NONE : profile->wrapped, password);
    if (profile != NULL && rc != RC_DENIED) { /* what we could not look at was no guess */
        attempts_give_back(rq->attempts, whom);
    }
    return rc;
}

static enum rc check_old(struct rq *rq, const struct password_work *work)
{
    int64_t wait_s = 0;
    enum rc rc = signin_password(rq, &work->profile, work->old, &wait_s);

    if (rc == RC_LIMIT) {
        return api_fail(rq, ERR_LimitExceeded,
                        "Too many attempts with a wrong password. Try again in %lld seconds.",
                        (long long)wait_s);
    }
    if (rc == RC_DENIED) {
        return api_fail(rq, ERR_AccessDenied, "The old password was incorrect.");
    }
    return rc;
}

static enum rc work_run(struct rq *rq)
{
    struct password_work *work = rq->prepared;

    if (work->old.ptr != NULL) {
        TRY(check_old(rq, work));
    }
    for (size_t i = 0; i < work->older_count; i++) {
        enum rc rc = password_verify(rq->vault, work->about, work->older[i], work->password);
        if (rc == RC_OK) {
            return api_fail(rq, ERR_PasswordPolicyViolation,
                            "Policy constraint violation with password reuse prevention during "
                            "password change.");
        }
        if (rc != RC_DENIED) {
            return rc;
        }
    }
    return password_hash(rq->vault, work->about, work->password, rq->arena, &work->wrapped);
}

/* --- common steps ------------------------------------------------------------------------------- */

static enum rc fail_no_profile(struct rq *rq, const struct iam_owner *owner)
{
    return api_fail(rq, ERR_NoSuchEntity, "Login Profile for User %.*s cannot be found.",
                    FMT(owner->is_root ? STR("root") : owner->user.name));
}

static enum rc fail_exists(struct rq *rq, const struct iam_owner *owner)
{
    return api_fail(rq, ERR_EntityAlreadyExists, "Login Profile for user %.*s already exists.",
                    FMT(owner->user.name));
}

static enum rc fail_changed(struct rq *rq)
{
    return api_fail(rq, ERR_EntityTemporarilyUnmodifiable,
                    "The login profile is being changed by another request. Try again.");
}

static enum rc find_profile(struct rq *rq, str user_name, struct iam_owner *owner,
                            struct login_profile *ret)
{
    TRY(iam_find_owner(rq, user_name, owner));
    enum rc rc = login_profile_get(rq->txn, owner->id, rq->arena, ret);
    return rc == RC_NOENT ? fail_no_profile(rq, owner) : rc;
}

static enum rc check_policy(struct rq *rq, str password, int64_t *ret_reuse)
{
    struct password_policy policy;

    TRY(password_policy_get(rq->txn, rq->account, rq->arena, &policy));
    if (!password_fits(&policy, password)) {
        return api_fail(rq, ERR_PasswordPolicyViolation,
                        "Password does not conform to the account password policy.");
    }
    *ret_reuse = policy.reuse;
    return RC_OK;
}

/* `profile` NULL: the first password. */
static enum rc begin(struct rq *rq, str owner_id, const struct login_profile *profile, str old,
                     str password)
{
    struct password_work *work = NEW(rq->arena, struct password_work);
    int64_t reuse = 0;

    if (work == NULL) {
        return RC_NOMEM;
    }
    TRY(check_policy(rq, password, &reuse));
    work->owner_id = owner_id;
    work->about = login_profile_about(rq->account, owner_id, rq->arena);
    work->old = old;
    work->password = password;
    if (profile != NULL) {
        work->replaces = true;
        work->profile = *profile;
        TRY(login_profile_history(rq->txn, profile, (size_t)reuse, rq->arena, &work->older,
                                  &work->older_count));
    }
    if (work->about.ptr == NULL) {
        return RC_NOMEM;
    }
    rq->prepared = work;
    rq_block(rq, RQ_POOL_COMPUTE, work_run);
    return RC_OK;
}

/* The same owner, and what the account asks for is still met. */
static enum rc resume(struct rq *rq, const struct iam_owner *owner, struct password_work **ret)
{
    struct password_work *work = rq->prepared;
    int64_t reuse = 0;

    if (!str_eq(owner->id, work->owner_id)) {
        return fail_changed(rq);
    }
    TRY(check_policy(rq, work->password, &reuse));
    *ret = work;
    return RC_OK;
}

static enum rc replace(struct rq *rq, const struct iam_owner *owner)
{
    struct password_work *work = NULL;

    TRY(resume(rq, owner, &work));
    enum rc rc = login_profile_set_password(rq->txn, &work->profile, work->wrapped, rq->now_s,
                                            rq->arena);
    return rc == RC_CONFLICT || rc == RC_NOENT ? fail_changed(rq) : rc;
}

static enum rc answer(struct rq *rq, const struct iam_owner *owner,
                      const struct login_profile *profile, struct iam_LoginProfile **ret)
{
    struct iam_LoginProfile *view = NEW(rq->arena, struct iam_LoginProfile);

    if (view == NULL) {
        return RC_NOMEM;
    }
    view->UserName = owner->user.name;
    view->CreateDate = iam_time(profile->created_s);
    view->PasswordResetRequired = (struct opt_bool){ profile->reset_required, true };
    *ret = view;
    return RC_OK;
}

/* --- CreateLoginProfile ------------------------------------------------------------------------- */

/* AWS gives the root a password through sessions of its organization's management account only. */
static enum rc find_new_owner(struct rq *rq, str user_name, struct iam_owner *owner)
{
    struct login_profile there;

    TRY(iam_find_owner(rq, user_name, owner));
    if (owner->is_root) {
        return api_fail(rq, ERR_ValidationError,
                        "Must specify userName when calling with root user credentials");
    }
    enum rc rc = login_profile_get(rq->txn, owner->id, rq->arena, &there);
    if (rc == RC_OK) {
        return fail_exists(rq, owner);
    }
    return rc == RC_NOENT ? RC_OK : rc;
}

enum rc iam_CreateLoginProfile_prepare(struct rq *rq, const struct iam_CreateLoginProfile_in *in)
{
    struct iam_owner owner;

    TRY(find_new_owner(rq, in->UserName, &owner));
    if (in->Password.ptr == NULL) {
        /* The model lets it out, for root task sessions; who has no password yet needs one. */
        return api_fail(rq, ERR_ValidationError,
                        "The request must contain the parameter Password.");
    }
    return begin(rq, owner.id, NULL, STR_NONE, in->Password);
}

enum rc iam_CreateLoginProfile(struct rq *rq, const struct iam_CreateLoginProfile_in *in,
                               struct iam_CreateLoginProfile_out *out)
{
    struct password_work *work = NULL;
    struct iam_owner owner;

    TRY(find_new_owner(rq, in->UserName, &owner));
    TRY(resume(rq, &owner, &work));
    const struct login_profile profile = { .owner_id = owner.id,
                                           .account = rq->account,
                                           .wrapped = work->wrapped,
                                           .created_s = rq->now_s,
                                           .reset_required = in->PasswordResetRequired.value };
    enum rc rc = login_profile_create(rq->txn, &profile, rq->arena);
    if (rc == RC_EXISTS) {
        return fail_exists(rq, &owner);
    }
    TRY(rc);
    return answer(rq, &owner, &profile, &out->LoginProfile);
}

/* --- the others --------------------------------------------------------------------------------- */

enum rc iam_GetLoginProfile(struct rq *rq, const struct iam_GetLoginProfile_in *in,
                            struct iam_GetLoginProfile_out *out)
{
    struct login_profile profile;
    struct iam_owner owner;

    TRY(find_profile(rq, in->UserName, &owner, &profile));
    return answer(rq, &owner, &profile, &out->LoginProfile);
}

enum rc iam_UpdateLoginProfile_prepare(struct rq *rq, const struct iam_UpdateLoginProfile_in *in)
{
    struct login_profile profile;
    struct iam_owner owner;

    TRY(find_profile(rq, in->UserName, &owner, &profile));
    if (in->Password.ptr == NULL) {
        return RC_OK;
    }
    return begin(rq, owner.id, &profile, STR_NONE, in->Password);
}

enum rc iam_UpdateLoginProfile(struct rq *rq, const struct iam_UpdateLoginProfile_in *in)
{
    struct login_profile profile;
    struct iam_owner owner;

    TRY(find_profile(rq, in->UserName, &owner, &profile));
    if (in->Password.ptr != NULL) {
        TRY(replace(rq, &owner));
    }
    if (!in->PasswordResetRequired.present) {
        return RC_OK;
    }
    return login_profile_set_reset(rq->txn, owner.id, in->PasswordResetRequired.value);
}

enum rc iam_DeleteLoginProfile(struct rq *rq, const struct iam_DeleteLoginProfile_in *in)
{
    struct login_profile profile;
    struct iam_owner owner;

    TRY(find_profile(rq, in->UserName, &owner, &profile));
    return login_profile_delete(rq->txn, owner.id);
}

enum rc iam_ChangePassword_prepare(struct rq *rq, const struct iam_ChangePassword_in *in)
{
    struct login_profile profile;
    struct iam_owner owner;

    if (rq->caller->type != PRINCIPAL_USER) {
        return api_fail(rq, ERR_InvalidUserType, "Only IAM Users can change their own password.");
    }
    TRY(find_profile(rq, STR_NONE, &owner, &profile));
    return begin(rq, owner.id, &profile, in->OldPassword, in->NewPassword);
}

enum rc iam_ChangePassword(struct rq *rq, const struct iam_ChangePassword_in *in)
{
    struct login_profile profile;
    struct iam_owner owner;

    (void)in;
    TRY(find_profile(rq, STR_NONE, &owner, &profile));
    TRY(replace(rq, &owner));
    return login_profile_set_reset(rq->txn, owner.id, false);
}
