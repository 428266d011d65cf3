#include "service/iam/credential.h"

static const struct {
    str before, behind; /* the id, in AWS's sentence that it is not there */
} words[] = {
    [CREDENTIAL_SIGNING_CERTIFICATE] = { STR_INIT("The Certificate with id "),
                                         STR_INIT(" cannot be found.") },
    [CREDENTIAL_SSH_KEY] = { STR_INIT("The Public Key with id "), STR_INIT(" cannot be found.") },
    [CREDENTIAL_SERVICE] = { STR_INIT("No such credential "), STR_INIT(" exists") },
};

/* Named together with its owner: somebody else's is as good as none. */
enum rc iam_find_credential(struct rq *rq, str user_name, enum credential_kind kind, str id,
                            struct iam_owner *ret_owner, struct credential *ret)
{
    TRY(iam_find_owner(rq, user_name, ret_owner));
    enum rc rc = credential_get(rq->txn, id, rq->arena, ret);
    if (rc == RC_NOENT || (rc == RC_OK && (ret->account != rq->account || ret->kind != kind ||
                                           !str_eq(ret->owner_id, ret_owner->id)))) {
        return api_fail(rq, ERR_NoSuchEntity, "%.*s%.*s%.*s", FMT(words[kind].before), FMT(id),
                        FMT(words[kind].behind));
    }
    return rc;
}

str iam_credential_status(const struct rq *rq, const struct credential *credential)
{
    if (credential->expires_s != 0 && credential->expires_s <= rq->now_s) {
        return STR("Expired");
    }
    return credential->active ? STR("Active") : STR("Inactive");
}

enum rc iam_set_credential_status(struct rq *rq, const struct credential *credential, str status)
{
    bool active = str_eq(status, STR("Active"));

    if (!active && !str_eq(status, STR("Inactive"))) {
        return api_fail(rq, ERR_InvalidInput, "The status %.*s cannot be set.", FMT(status));
    }
    return credential_set_active(rq->txn, credential, active);
}

enum rc iam_admit_credential(struct rq *rq, str owner_id, enum credential_kind kind,
                             enum quota quota)
{
    int64_t held = 0;

    TRY(credential_count(rq->txn, owner_id, kind, rq->arena, &held));
    enum rc rc = quota_admit(rq->txn, rq->account, quota, held);
    return rc == RC_LIMIT ? iam_fail_quota(rq, quota) : rc;
}

enum rc iam_delete_credential(struct rq *rq, str user_name, enum credential_kind kind, str id)
{
    struct credential credential;
    struct iam_owner owner;

    TRY(iam_find_credential(rq, user_name, kind, id, &owner, &credential));
    return credential_delete(rq->txn, &credential);
}

enum rc iam_update_credential(struct rq *rq, str user_name, enum credential_kind kind, str id,
                              str status)
{
    struct credential credential;
    struct iam_owner owner;

    TRY(iam_find_credential(rq, user_name, kind, id, &owner, &credential));
    return iam_set_credential_status(rq, &credential, status);
}
