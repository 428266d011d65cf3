/* Signing certificates: X.509 certificates of users and roots. */
#include "codec/base64.h"
#include "service/iam/credential.h"
#include "sign/certificate.h"

static struct iam_SigningCertificate view_of(const struct rq *rq, const struct iam_owner *owner,
                                             const struct credential *credential)
{
    return (struct iam_SigningCertificate){
        .UserName = owner->user.name, /* absent for root */
        .CertificateId = credential->id,
        .CertificateBody = credential->body,
        .Status = iam_credential_status(rq, credential),
        .UploadDate = iam_time(credential->created_s),
    };
}

static enum rc check(struct rq *rq, str body, str *ret_fingerprint)
{
    struct certificate certificate;
    char *hex = arena_bytes(rq->arena, sizeof(certificate.fingerprint) * 2);

    if (hex == NULL) {
        return RC_NOMEM;
    }
    enum rc rc = certificate_read(body, &certificate);
    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_MalformedCertificate, "Certificate %.*s is malformed.", FMT(body));
    }
    TRY(rc);
    if (rq->now_s < certificate.not_before_s || rq->now_s > certificate.not_after_s) {
        return api_fail(rq, ERR_InvalidCertificate,
                        "The certificate is not valid now: it has expired or its validity has not "
                        "begun.");
    }
    hex_encode(certificate.fingerprint, sizeof(certificate.fingerprint), hex);
    *ret_fingerprint = str_from(hex, sizeof(certificate.fingerprint) * 2);
    return RC_OK;
}

enum rc iam_UploadSigningCertificate(struct rq *rq,
                                     const struct iam_UploadSigningCertificate_in *in,
                                     struct iam_UploadSigningCertificate_out *out)
{
    struct iam_owner owner;
    int64_t same = 0;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    struct credential credential = { .account = rq->account,
                                     .owner_id = owner.id,
                                     .kind = CREDENTIAL_SIGNING_CERTIFICATE,
                                     .created_s = rq->now_s,
                                     .body = in->CertificateBody };
    TRY(check(rq, in->CertificateBody, &credential.about));
    TRY(credential_count_about(rq->txn, rq->account, credential.kind, credential.about, rq->arena,
                               &same));
    if (same > 0) {
        return api_fail(rq, ERR_DuplicateCertificate,
                        "The certificate is already associated with a user of this account.");
    }
    TRY(iam_admit_credential(rq, owner.id, credential.kind, QUOTA_SIGNING_CERTIFICATES));
    TRY(credential_insert(rq->txn, rq->env, &credential, STR_NONE, rq->arena));
    out->Certificate = NEW(rq->arena, struct iam_SigningCertificate);
    if (out->Certificate == NULL) {
        return RC_NOMEM;
    }
    *out->Certificate = view_of(rq, &owner, &credential);
    return RC_OK;
}

enum rc iam_ListSigningCertificates(struct rq *rq, const struct iam_ListSigningCertificates_in *in,
                                    struct iam_ListSigningCertificates_out *out)
{
    struct credential *held = NULL;
    struct iam_owner owner;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(credential_list(rq->txn, owner.id, CREDENTIAL_SIGNING_CERTIFICATE, rq->arena, &held,
                        &count));
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    struct iam_SigningCertificate *items = NEW_ARRAY(rq->arena, slice.count,
                                                     struct iam_SigningCertificate);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        items[i] = view_of(rq, &owner, &held[slice.from + i]);
    }
    out->Certificates = (struct iam_SigningCertificate_list){ items, slice.count, true };
    return RC_OK;
}

enum rc iam_UpdateSigningCertificate(struct rq *rq,
                                     const struct iam_UpdateSigningCertificate_in *in)
{
    return iam_update_credential(rq, in->UserName, CREDENTIAL_SIGNING_CERTIFICATE,
                                 in->CertificateId, in->Status);
}

enum rc iam_DeleteSigningCertificate(struct rq *rq,
                                     const struct iam_DeleteSigningCertificate_in *in)
{
    return iam_delete_credential(rq, in->UserName, CREDENTIAL_SIGNING_CERTIFICATE,
                                 in->CertificateId);
}
