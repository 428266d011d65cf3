#include "model/access_key.h"

#include "service/iam/iam.h"

static str status_text(bool active)
{
    return active ? STR("Active") : STR("Inactive");
}

enum rc iam_CreateAccessKey(struct rq *rq, const struct iam_CreateAccessKey_in *in,
                            struct iam_CreateAccessKey_out *out)
{
    struct iam_owner owner;
    struct access_key key;
    str secret = { 0 };

    TRY(iam_find_owner(rq, in->UserName, &owner));
    enum rc rc = access_key_create(rq->txn, rq->env, rq->vault, rq->account, owner.id, rq->now_s,
                                   rq->arena, &key, &secret);
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, QUOTA_KEYS_PER_USER);
    }
    TRY(rc);
    out->AccessKey = NEW(rq->arena, struct iam_AccessKey);
    if (out->AccessKey == NULL) {
        return RC_NOMEM;
    }
    *out->AccessKey = (struct iam_AccessKey){
        .UserName = owner.user.name, /* absent for root */
        .AccessKeyId = key.id,
        .Status = status_text(key.active),
        .SecretAccessKey = secret,
        .CreateDate = iam_time(key.created_s),
    };
    return RC_OK;
}

/* A key is named together with its owner: somebody else's is as good as none. */
static enum rc find_key(struct rq *rq, str user_name, str id, struct access_key *ret)
{
    struct iam_owner owner;

    TRY(iam_find_owner(rq, user_name, &owner));
    enum rc rc = access_key_get(rq->txn, id, rq->arena, ret);
    if (rc == RC_NOENT ||
        (rc == RC_OK && (ret->account != rq->account || !str_eq(ret->owner_id, owner.id)))) {
        return api_fail(rq, ERR_NoSuchEntity, "The Access Key with id %.*s cannot be found.",
                        FMT(id));
    }
    return rc;
}

enum rc iam_UpdateAccessKey(struct rq *rq, const struct iam_UpdateAccessKey_in *in)
{
    struct access_key key;

    TRY(find_key(rq, in->UserName, in->AccessKeyId, &key));
    /* The model also knows "Expired", which nobody can set. */
    if (!str_eq(in->Status, STR("Active")) && !str_eq(in->Status, STR("Inactive"))) {
        return api_fail(rq, ERR_InvalidInput, "The status %.*s cannot be set.", FMT(in->Status));
    }
    return access_key_set_active(rq->txn, &key, str_eq(in->Status, STR("Active")));
}

enum rc iam_DeleteAccessKey(struct rq *rq, const struct iam_DeleteAccessKey_in *in)
{
    struct access_key key;

    TRY(find_key(rq, in->UserName, in->AccessKeyId, &key));
    return access_key_delete(rq->txn, &key);
}

enum rc iam_ListAccessKeys(struct rq *rq, const struct iam_ListAccessKeys_in *in,
                           struct iam_ListAccessKeys_out *out)
{
    struct iam_owner owner;
    struct access_key *keys = NULL;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(access_key_list(rq->txn, owner.id, rq->arena, &keys, &count));
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    struct iam_AccessKeyMetadata *items = NEW_ARRAY(rq->arena, slice.count,
                                                    struct iam_AccessKeyMetadata);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        const struct access_key *key = &keys[slice.from + i];
        items[i] = (struct iam_AccessKeyMetadata){ .UserName = owner.user.name,
                                                   .AccessKeyId = key->id,
                                                   .Status = status_text(key->active),
                                                   .CreateDate = iam_time(key->created_s) };
    }
    out->AccessKeyMetadata = (struct iam_AccessKeyMetadata_list){ items, slice.count, true };
    return RC_OK;
}

enum rc iam_GetAccessKeyLastUsed(struct rq *rq, const struct iam_GetAccessKeyLastUsed_in *in,
                                 struct iam_GetAccessKeyLastUsed_out *out)
{
    struct access_key key;
    struct entity user;

    enum rc rc = access_key_get(rq->txn, in->AccessKeyId, rq->arena, &key);
    if (rc == RC_NOENT || (rc == RC_OK && key.account != rq->account)) {
        /* As AWS: whether a key is nobody's or another account's is not told. */
        return api_fail(rq, ERR_AccessDenied,
                        "User: %.*s is not authorized to perform iam:GetAccessKeyLastUsed on "
                        "resource: access key %.*s",
                        FMT(rq->caller->arn), FMT(in->AccessKeyId));
    }
    TRY(rc);
    struct iam_AccessKeyLastUsed *used = NEW(rq->arena, struct iam_AccessKeyLastUsed);
    if (used == NULL) {
        return RC_NOMEM;
    }
    *used = (struct iam_AccessKeyLastUsed){ .ServiceName = STR("N/A"), .Region = STR("N/A") };
    if (key.last_used_s != 0) {
        used->LastUsedDate = iam_time(key.last_used_s);
        used->ServiceName = key.last_used_service;
        used->Region = key.last_used_region;
    }
    out->AccessKeyLastUsed = used;
    if (!str_eq(key.owner_id, rq->account_text)) {
        TRY(entity_by_id(rq->txn, key.owner_id, rq->arena, &user));
        out->UserName = user.name;
    }
    return RC_OK;
}
