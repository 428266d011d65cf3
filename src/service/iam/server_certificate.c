/* Server certificates: for TLS endpoints elsewhere. */
#include "model/server_certificate.h"

#include "service/iam/iam.h"
#include "sign/certificate.h"

/* --- uploading ---------------------------------------------------------------------------------- */

struct checking { /* on a thread of the pool: a chain costs a signature's check for each link */
    const struct iam_UploadServerCertificate_in *in;
    struct certificate certificate;
};

static enum rc check_chain(struct rq *rq, const struct iam_UploadServerCertificate_in *in)
{
    int index = 0;

    if (in->CertificateChain.ptr == NULL) {
        return RC_OK;
    }
    enum rc rc = certificate_check_chain(in->CertificateBody, in->CertificateChain, &index);
    if (rc == RC_LIMIT) {
        return api_fail(rq, ERR_MalformedCertificate,
                        "The certificate chain is longer than %d certificates.",
                        CERTIFICATE_CHAIN_MAX);
    }
    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_MalformedCertificate,
                        "Unable to validate certificate chain. The certificate chain must start "
                        "with the immediate signing certificate, followed by any intermediaries in "
                        "order. The index within the chain of the invalid certificate is: %d",
                        index);
    }
    return rc;
}

static enum rc check(struct rq *rq)
{
    struct checking *checking = rq->prepared;
    const struct iam_UploadServerCertificate_in *in = checking->in;
    enum rc rc = certificate_read(in->CertificateBody, &checking->certificate);

    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_MalformedCertificate,
                        "Unable to parse certificate. Please ensure the certificate is in PEM "
                        "format.");
    }
    TRY(rc);
    rc = certificate_check_key(in->CertificateBody, in->PrivateKey);
    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_MalformedCertificate,
                        "Unable to parse private key. Please ensure the private key is in PEM "
                        "format and not encrypted.");
    }
    if (rc == RC_CONFLICT) {
        return api_fail(rq, ERR_KeyPairMismatch,
                        "The private key does not match the public key of the certificate.");
    }
    TRY(rc);
    return check_chain(rq, in);
}

enum rc iam_UploadServerCertificate_prepare(struct rq *rq,
                                            const struct iam_UploadServerCertificate_in *in)
{
    struct checking *checking = NEW(rq->arena, struct checking);

    if (checking == NULL) {
        return RC_NOMEM;
    }
    checking->in = in;
    rq->prepared = checking;
    rq_block(rq, RQ_POOL_COMPUTE, check);
    return RC_OK;
}

static enum rc refuse_outside_validity(struct rq *rq, const struct certificate *certificate)
{
    if (rq->now_s < certificate->not_before_s) {
        return api_fail(rq, ERR_MalformedCertificate,
                        "Certificate is not yet valid: its 'Not Before' date is in the future.");
    }
    if (rq->now_s > certificate->not_after_s) {
        return api_fail(rq, ERR_MalformedCertificate,
                        "Certificate is no longer valid: its 'Not After' date is in the past.");
    }
    return RC_OK;
}

static enum rc view_of(struct rq *rq, const struct server_certificate *certificate,
                       struct iam_ServerCertificateMetadata *ret)
{
    const struct entity *entity = &certificate->entity;

    *ret = (struct iam_ServerCertificateMetadata){
        .Path = entity->path,
        .ServerCertificateName = entity->name,
        .ServerCertificateId = entity->id,
        .Arn = entity_arn(entity, rq->arena),
        .UploadDate = iam_time(entity->created_s),
        .Expiration = iam_time(certificate->expires_s),
    };
    return ret->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc new_view(struct rq *rq, const struct server_certificate *certificate,
                        struct iam_ServerCertificateMetadata **ret)
{
    *ret = NEW(rq->arena, struct iam_ServerCertificateMetadata);
    return *ret == NULL ? RC_NOMEM : view_of(rq, certificate, *ret);
}

enum rc iam_UploadServerCertificate(struct rq *rq, const struct iam_UploadServerCertificate_in *in,
                                    struct iam_UploadServerCertificate_out *out)
{
    const struct checking *checking = rq->prepared;
    struct server_certificate certificate = {
        .entity = { .account = rq->account,
                    .kind = ENTITY_CERTIFICATE,
                    .name = in->ServerCertificateName,
                    .path = in->Path,
                    .created_s = rq->now_s },
        .body = str_trim(in->CertificateBody), /* AWS gives it back so */
        .chain = str_trim(in->CertificateChain),
        .expires_s = checking->certificate.not_after_s,
    };

    TRY(refuse_outside_validity(rq, &checking->certificate));
    TRY(iam_check_tags(rq, ENTITY_CERTIFICATE, &in->Tags));
    enum rc rc = server_certificate_insert(rq->txn, rq->env, &certificate, rq->arena);
    if (rc == RC_EXISTS) {
        return iam_fail_exists(rq, ENTITY_CERTIFICATE, in->ServerCertificateName);
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, QUOTA_SERVER_CERTIFICATES);
    }
    TRY(rc);
    TRY(iam_put_tags(rq, certificate.entity.id, &in->Tags));
    TRY(new_view(rq, &certificate, &out->ServerCertificateMetadata));
    out->Tags = iam_given_tags(&in->Tags);
    return RC_OK;
}

/* --- looking ------------------------------------------------------------------------------------ */

enum rc iam_GetServerCertificate(struct rq *rq, const struct iam_GetServerCertificate_in *in,
                                 struct iam_GetServerCertificate_out *out)
{
    struct server_certificate certificate;
    struct entity entity;

    TRY(iam_find(rq, ENTITY_CERTIFICATE, in->ServerCertificateName, &entity));
    TRY(server_certificate_of_entity(rq->txn, &entity, rq->arena, &certificate));
    out->ServerCertificate = NEW(rq->arena, struct iam_ServerCertificate);
    if (out->ServerCertificate == NULL) {
        return RC_NOMEM;
    }
    out->ServerCertificate->CertificateBody = certificate.body;
    out->ServerCertificate->CertificateChain = certificate.chain;
    TRY(new_view(rq, &certificate, &out->ServerCertificate->ServerCertificateMetadata));
    return iam_get_all_tags(rq, entity.id, &out->ServerCertificate->Tags);
}

enum rc iam_ListServerCertificates(struct rq *rq, const struct iam_ListServerCertificates_in *in,
                                   struct iam_ListServerCertificates_out *out)
{
    struct iam_ServerCertificateMetadata *views;
    struct entity *entities = NULL;
    struct page page;
    size_t count = 0;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(entity_list(rq->txn, rq->account, ENTITY_CERTIFICATE, in->PathPrefix, &page, rq->arena,
                    &entities, &count));
    views = NEW_ARRAY(rq->arena, count, struct iam_ServerCertificateMetadata);
    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct server_certificate certificate;
        TRY(server_certificate_of_entity(rq->txn, &entities[i], rq->arena, &certificate));
        TRY(view_of(rq, &certificate, &views[i]));
    }
    out->ServerCertificateMetadataList = (struct iam_ServerCertificateMetadata_list){ views, count,
                                                                                      true };
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

/* --- changing ----------------------------------------------------------------------------------- */

enum rc iam_UpdateServerCertificate(struct rq *rq, const struct iam_UpdateServerCertificate_in *in)
{
    struct entity entity;

    TRY(iam_find(rq, ENTITY_CERTIFICATE, in->ServerCertificateName, &entity));
    str name = in->NewServerCertificateName.ptr == NULL ? entity.name
                                                        : in->NewServerCertificateName;
    str path = in->NewPath.ptr == NULL ? entity.path : in->NewPath;
    enum rc rc = entity_rename(rq->txn, &entity, name, path, rq->arena);
    return rc == RC_EXISTS ? iam_fail_exists(rq, ENTITY_CERTIFICATE, name) : rc;
}

enum rc iam_DeleteServerCertificate(struct rq *rq, const struct iam_DeleteServerCertificate_in *in)
{
    struct entity entity;

    TRY(iam_find(rq, ENTITY_CERTIFICATE, in->ServerCertificateName, &entity));
    return server_certificate_delete(rq->txn, &entity);
}

enum rc iam_TagServerCertificate(struct rq *rq, const struct iam_TagServerCertificate_in *in)
{
    struct entity entity;

    TRY(iam_find(rq, ENTITY_CERTIFICATE, in->ServerCertificateName, &entity));
    return iam_put_tags(rq, entity.id, &in->Tags);
}

enum rc iam_UntagServerCertificate(struct rq *rq, const struct iam_UntagServerCertificate_in *in)
{
    struct entity entity;

    TRY(iam_find(rq, ENTITY_CERTIFICATE, in->ServerCertificateName, &entity));
    return iam_remove_tags(rq, entity.id, &in->TagKeys);
}

enum rc iam_ListServerCertificateTags(struct rq *rq,
                                      const struct iam_ListServerCertificateTags_in *in,
                                      struct iam_ListServerCertificateTags_out *out)
{
    struct entity entity;

    TRY(iam_find(rq, ENTITY_CERTIFICATE, in->ServerCertificateName, &entity));
    return iam_page_tags(rq, entity.id, in->Marker, in->MaxItems, &out->Tags, &out->IsTruncated,
                         &out->Marker);
}
