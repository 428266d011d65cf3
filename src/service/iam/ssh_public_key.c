/* SSH public keys of users. */
#include "service/iam/credential.h"
#include "sign/ssh_key.h"

static enum rc read_key(struct rq *rq, str body, struct ssh_key *ret)
{
    enum rc rc = ssh_key_read(body, rq->arena, ret);

    if (rc == RC_UNSUPPORTED) {
        return api_fail(rq, ERR_UnrecognizedPublicKeyEncoding, "Invalid public key uploaded.");
    }
    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_InvalidPublicKey,
                        "The public key is malformed, or not an RSA key of %d to %d bits.",
                        SSH_KEY_BITS_MIN, SSH_KEY_BITS_MAX);
    }
    return rc;
}

static enum rc view_of(struct rq *rq, const struct iam_owner *owner,
                       const struct credential *credential, str body, struct iam_SSHPublicKey **ret)
{
    struct iam_SSHPublicKey *view = NEW(rq->arena, struct iam_SSHPublicKey);

    if (view == NULL) {
        return RC_NOMEM;
    }
    *view = (struct iam_SSHPublicKey){
        .UserName = owner->user.name,
        .SSHPublicKeyId = credential->id,
        .Fingerprint = credential->about,
        .SSHPublicKeyBody = body,
        .Status = iam_credential_status(rq, credential),
        .UploadDate = iam_time(credential->created_s),
    };
    *ret = view;
    return RC_OK;
}

/* The same key may serve several users, but each only once. */
static enum rc refuse_duplicate(struct rq *rq, const struct credential *wanted)
{
    struct credential *held = NULL;
    size_t count = 0;

    TRY(credential_list(rq->txn, wanted->owner_id, wanted->kind, rq->arena, &held, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_eq(held[i].about, wanted->about)) {
            return api_fail(rq, ERR_DuplicateSSHPublicKey,
                            "The SSH public key is already associated with the user: %.*s.",
                            FMT(held[i].id));
        }
    }
    return RC_OK;
}

enum rc iam_UploadSSHPublicKey(struct rq *rq, const struct iam_UploadSSHPublicKey_in *in,
                               struct iam_UploadSSHPublicKey_out *out)
{
    struct iam_owner owner;
    struct ssh_key key;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(read_key(rq, in->SSHPublicKeyBody, &key));
    struct credential credential = {
        .account = rq->account,
        .owner_id = owner.id,
        .kind = CREDENTIAL_SSH_KEY,
        .created_s = rq->now_s,
        .about = arena_str(rq->arena, str_from(key.fingerprint, sizeof(key.fingerprint))),
        .body = in->SSHPublicKeyBody,
    };
    if (credential.about.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(refuse_duplicate(rq, &credential));
    TRY(iam_admit_credential(rq, owner.id, credential.kind, QUOTA_SSH_KEYS));
    TRY(credential_insert(rq->txn, rq->env, &credential, STR_NONE, rq->arena));
    return view_of(rq, &owner, &credential, credential.body, &out->SSHPublicKey);
}

/* As uploaded, comment included, when that is the form asked for. */
static enum rc encode(struct rq *rq, str stored, bool as_pem, str *ret)
{
    struct ssh_key key;

    TRY(ssh_key_read(stored, rq->arena, &key));
    if (key.is_pem == as_pem) {
        *ret = stored;
        return RC_OK;
    }
    return as_pem ? ssh_key_pem(&key, rq->arena, ret) : ssh_key_line(&key, rq->arena, ret);
}

enum rc iam_GetSSHPublicKey(struct rq *rq, const struct iam_GetSSHPublicKey_in *in,
                            struct iam_GetSSHPublicKey_out *out)
{
    struct credential credential;
    struct iam_owner owner;
    str body = STR_NONE;

    TRY(iam_find_credential(rq, in->UserName, CREDENTIAL_SSH_KEY, in->SSHPublicKeyId, &owner,
                            &credential));
    TRY(encode(rq, credential.body, str_eq(in->Encoding, STR("PEM")), &body));
    return view_of(rq, &owner, &credential, body, &out->SSHPublicKey);
}

enum rc iam_ListSSHPublicKeys(struct rq *rq, const struct iam_ListSSHPublicKeys_in *in,
                              struct iam_ListSSHPublicKeys_out *out)
{
    struct credential *held = NULL;
    struct iam_owner owner;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(credential_list(rq->txn, owner.id, CREDENTIAL_SSH_KEY, rq->arena, &held, &count));
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    struct iam_SSHPublicKeyMetadata *items = NEW_ARRAY(rq->arena, slice.count,
                                                       struct iam_SSHPublicKeyMetadata);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        const struct credential *credential = &held[slice.from + i];
        items[i] = (struct iam_SSHPublicKeyMetadata){
            .UserName = owner.user.name,
            .SSHPublicKeyId = credential->id,
            .Status = iam_credential_status(rq, credential),
            .UploadDate = iam_time(credential->created_s),
        };
    }
    out->SSHPublicKeys = (struct iam_SSHPublicKeyMetadata_list){ items, slice.count, true };
    return RC_OK;
}

enum rc iam_UpdateSSHPublicKey(struct rq *rq, const struct iam_UpdateSSHPublicKey_in *in)
{
    return iam_update_credential(rq, in->UserName, CREDENTIAL_SSH_KEY, in->SSHPublicKeyId,
                                 in->Status);
}

enum rc iam_DeleteSSHPublicKey(struct rq *rq, const struct iam_DeleteSSHPublicKey_in *in)
{
    return iam_delete_credential(rq, in->UserName, CREDENTIAL_SSH_KEY, in->SSHPublicKeyId);
}
