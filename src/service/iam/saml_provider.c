/* SAML providers. Their metadata is read once, by the helper process, when it is set. */
#include "model/saml_provider.h"

#include "codec/arn.h"
#include "saml/saml.h"
#include "service/iam/iam.h"
#include "vault/saml_key.h"

enum {
    YEARS_VALID = 100,
    SECONDS_A_YEAR = 31556952,
    LARGE_METADATA_BYTES = 1 << 20,
    ESCAPED_TIMES = 6, /* &quot; */
};

/* --- reading metadata (on a thread of the pool) --------------------------------------------------- */

struct reading {
    str document, private_key; /* absent: not sent */
    struct saml_metadata metadata;
};

static enum rc fail_metadata(struct rq *rq, str why)
{
    rq->error_detail = why;
    return api_fail(rq, ERR_InvalidInput, "Could not parse metadata");
}

static enum rc read_metadata(struct rq *rq)
{
    struct reading *reading = rq->prepared;
    str why = STR_NONE;
    enum rc rc = reading->private_key.ptr == NULL ? RC_OK : saml_key_check(reading->private_key);

    if (rc == RC_SYNTAX) {
        rq->error_detail = STR("an unencrypted PEM key is wanted, RSA of 2048 to 8192 bits");
        return api_fail(rq, ERR_InvalidInput, "Invalid private key.");
    }
    TRY(rc);
    if (reading->document.ptr == NULL) {
        return RC_OK;
    }
    rc = saml_ask_metadata(reading->document, rq->arena, &reading->metadata, &why);
    if (rc != RC_OK) {
        rq_trouble(rq, "saml.helper_failed", why);
    }
    if (rc == RC_CORRUPT || rc == RC_LIMIT) { /* of this one document; others: of this machine */
        return fail_metadata(rq, why);
    }
    TRY(rc);
    return reading->metadata.valid ? RC_OK : fail_metadata(rq, reading->metadata.why);
}

static enum rc prepare(struct rq *rq, str document, str private_key)
{
    struct reading *reading = NEW(rq->arena, struct reading);

    if (reading == NULL) {
        return RC_NOMEM;
    }
    *reading = (struct reading){ .document = document, .private_key = private_key };
    rq->prepared = reading;
    rq_block(rq, RQ_POOL_OUTSIDE, read_metadata);
    return RC_OK;
}

static enum rc join_certificates(struct rq *rq, const struct saml_metadata *metadata, str *ret)
{
    buf out = buf_arena(rq->arena, 1 << 20);

    for (size_t i = 0; i < metadata->certificate_count; i++) {
        buf_add(&out, metadata->certificates[i]);
        buf_add_char(&out, '\n');
    }
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}

static enum rc fill_metadata(struct rq *rq, const struct reading *reading,
                             struct saml_provider *provider)
{
    const struct saml_metadata *metadata = &reading->metadata;

    if (metadata->valid_until_s != SAML_NEVER && metadata->valid_until_s <= rq->now_s) {
        return fail_metadata(rq, STR("its validUntil is in the past"));
    }
    provider->metadata = reading->document;
    provider->entity_id = metadata->entity_id;
    provider->valid_until_s = metadata->valid_until_s == SAML_NEVER ? 0 : metadata->valid_until_s;
    return join_certificates(rq, metadata, &provider->certificates);
}

/* --- finding ------------------------------------------------------------------------------------ */

static enum rc find(struct rq *rq, str arn, struct entity *ret)
{
    struct arn parts;
    struct entity entity = { 0 };
    enum rc rc = RC_NOENT;

    if (arn_parse(arn, &parts) != RC_OK || !str_eq(parts.service, STR("iam")) ||
        !str_starts(parts.resource, STR("saml-provider/"))) {
        return api_fail(rq, ERR_InvalidInput, "Invalid ARN: %.*s", FMT(arn));
    }
    if (str_eq(parts.account, rq->account_text)) { /* another account's are not told of */
        rc = entity_by_arn(rq->txn, arn, rq->arena, &entity);
    }
    if (rc == RC_OK && entity.kind == ENTITY_SAML_PROVIDER) {
        *ret = entity;
        return RC_OK;
    }
    return rc == RC_OK || rc == RC_NOENT || rc == RC_SYNTAX
               ? api_fail(rq, ERR_NoSuchEntity, "Manifest not found for arn %.*s", FMT(arn))
               : rc;
}

/* --- encryption --------------------------------------------------------------------------------- */

static enum saml_encryption encryption_of(str mode)
{
    return str_eq(mode, STR("Required"))  ? SAML_ENCRYPTION_REQUIRED
           : str_eq(mode, STR("Allowed")) ? SAML_ENCRYPTION_ALLOWED
                                          : SAML_ENCRYPTION_UNSET;
}

static str mode_of(enum saml_encryption encryption)
{
    switch (encryption) {
    case SAML_ENCRYPTION_REQUIRED:
        return STR("Required");
    case SAML_ENCRYPTION_ALLOWED:
    case SAML_ENCRYPTION_UNSET: /* what AWS shows of a provider nobody set it for */
        return STR("Allowed");
    }
    return STR_NONE;
}

static enum rc add_key(struct rq *rq, str provider_id, str pem)
{
    enum rc rc = saml_key_add(rq->txn, rq->env, rq->vault, provider_id, pem, rq->arena);

    return rc == RC_LIMIT ? api_fail(rq, ERR_LimitExceeded, "Private key limit of %d is reached.",
                                     SAML_KEYS_MAX)
                          : rc;
}

/* What is required cannot be opened without a key. */
static enum rc check_mode(struct rq *rq, const struct saml_provider *provider)
{
    struct saml_key *keys = NULL;
    size_t count = 0;

    if (provider->encryption != SAML_ENCRYPTION_REQUIRED) {
        return RC_OK;
    }
    TRY(saml_keys_list(rq->txn, provider->entity.id, rq->arena, &keys, &count));
    return count > 0 ? RC_OK
                     : api_fail(rq, ERR_InvalidInput,
                                "Unable to set assertion encryption mode to Required because no "
                                "private key is provided.");
}

/* --- operations --------------------------------------------------------------------------------- */

enum rc iam_CreateSAMLProvider_prepare(struct rq *rq, const struct iam_CreateSAMLProvider_in *in)
{
    return prepare(rq, in->SAMLMetadataDocument, in->AddPrivateKey);
}

enum rc iam_CreateSAMLProvider(struct rq *rq, const struct iam_CreateSAMLProvider_in *in,
                               struct iam_CreateSAMLProvider_out *out)
{
    struct saml_provider provider = {
        .entity = { .account = rq->account,
                    .kind = ENTITY_SAML_PROVIDER,
                    .name = in->Name,
                    .path = STR("/"),
                    .created_s = rq->now_s },
        .encryption = encryption_of(in->AssertionEncryptionMode),
    };

    TRY(iam_check_tags(rq, ENTITY_SAML_PROVIDER, &in->Tags));
    TRY(fill_metadata(rq, rq->prepared, &provider));
    enum rc rc = saml_provider_insert(rq->txn, rq->env, &provider, rq->arena);
    if (rc == RC_EXISTS) {
        return iam_fail_exists(rq, ENTITY_SAML_PROVIDER, in->Name);
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, QUOTA_SAML_PROVIDERS);
    }
    TRY(rc);
    if (in->AddPrivateKey.ptr != NULL) {
        TRY(add_key(rq, provider.entity.id, in->AddPrivateKey));
    }
    TRY(check_mode(rq, &provider));
    TRY(iam_put_tags(rq, provider.entity.id, &in->Tags));
    out->SAMLProviderArn = entity_arn(&provider.entity, rq->arena);
    if (out->SAMLProviderArn.ptr == NULL) {
        return RC_NOMEM;
    }
    out->Tags = iam_given_tags(&in->Tags);
    return RC_OK;
}

enum rc iam_UpdateSAMLProvider_prepare(struct rq *rq, const struct iam_UpdateSAMLProvider_in *in)
{
    if (in->SAMLMetadataDocument.ptr == NULL && in->AssertionEncryptionMode.ptr == NULL &&
        in->AddPrivateKey.ptr == NULL && in->RemovePrivateKey.ptr == NULL) {
        return api_fail(
            rq, ERR_InvalidInput,
            "Unable to update identity provider. No updates are defined for metadata or "
            "encryption assertion.");
    }
    if (in->AddPrivateKey.ptr != NULL && in->RemovePrivateKey.ptr != NULL) {
        return api_fail(
            rq, ERR_InvalidInput,
            "Unable to add and remove private keys in the same request. Set a value for "
            "only one of the two parameters.");
    }
    return prepare(rq, in->SAMLMetadataDocument, in->AddPrivateKey);
}

static enum rc update_keys(struct rq *rq, const struct iam_UpdateSAMLProvider_in *in,
                           str provider_id)
{
    if (in->AddPrivateKey.ptr != NULL) {
        TRY(add_key(rq, provider_id, in->AddPrivateKey));
    }
    if (in->RemovePrivateKey.ptr == NULL) {
        return RC_OK;
    }
    enum rc rc = saml_key_remove(rq->txn, provider_id, in->RemovePrivateKey);
    return rc == RC_NOENT ? api_fail(rq, ERR_InvalidInput,
                                     "Failed to remove private key because the Key ID does not "
                                     "match a private key.")
                          : rc;
}

enum rc iam_UpdateSAMLProvider(struct rq *rq, const struct iam_UpdateSAMLProvider_in *in,
                               struct iam_UpdateSAMLProvider_out *out)
{
    struct saml_provider provider;
    struct entity entity;

    TRY(find(rq, in->SAMLProviderArn, &entity));
    TRY(saml_provider_trust(rq->txn, &entity, rq->arena, &provider));
    if (in->SAMLMetadataDocument.ptr != NULL) {
        TRY(fill_metadata(rq, rq->prepared, &provider));
        TRY(saml_provider_set_metadata(rq->txn, &provider));
    }
    TRY(update_keys(rq, in, entity.id));
    if (in->AssertionEncryptionMode.ptr != NULL) {
        provider.encryption = encryption_of(in->AssertionEncryptionMode);
        TRY(saml_provider_set_encryption(rq->txn, &provider));
    }
    if (in->RemovePrivateKey.ptr != NULL || in->AssertionEncryptionMode.ptr != NULL) {
        TRY(check_mode(rq, &provider));
    }
    out->SAMLProviderArn = in->SAMLProviderArn;
    return RC_OK;
}

/* Metadata that sets no end is shown with one far away, as AWS shows it. */
static struct opt_int end_shown(const struct saml_provider *provider)
{
    return iam_time(provider->valid_until_s != 0
                        ? provider->valid_until_s
                        : provider->entity.created_s + (int64_t)YEARS_VALID * SECONDS_A_YEAR);
}

static enum rc key_views(struct rq *rq, str provider_id, struct iam_SAMLPrivateKey_list *ret)
{
    struct saml_key *keys = NULL;
    struct iam_SAMLPrivateKey *views;
    size_t count = 0;

    TRY(saml_keys_list(rq->txn, provider_id, rq->arena, &keys, &count));
    views = NEW_ARRAY(rq->arena, count, struct iam_SAMLPrivateKey);
    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        views[i] = (struct iam_SAMLPrivateKey){ .KeyId = keys[i].key_id,
                                                .Timestamp = iam_time(keys[i].created_s) };
    }
    *ret = (struct iam_SAMLPrivateKey_list){ views, count, count > 0 };
    return RC_OK;
}

enum rc iam_GetSAMLProvider(struct rq *rq, const struct iam_GetSAMLProvider_in *in,
                            struct iam_GetSAMLProvider_out *out)
{
    struct saml_provider provider;
    struct entity entity;

    TRY(find(rq, in->SAMLProviderArn, &entity));
    TRY(saml_provider_of_entity(rq->txn, &entity, rq->arena, &provider));
    if (provider.metadata.len > LARGE_METADATA_BYTES) {
        rq->answer_bytes_max = provider.metadata.len * ESCAPED_TIMES + LARGE_METADATA_BYTES;
        rq->answer_is_large = true;
    }
    out->SAMLProviderUUID = provider.uuid;
    out->SAMLMetadataDocument = provider.metadata;
    out->CreateDate = iam_time(entity.created_s);
    out->ValidUntil = end_shown(&provider);
    out->AssertionEncryptionMode = mode_of(provider.encryption);
    TRY(key_views(rq, entity.id, &out->PrivateKeyList));
    return iam_get_all_tags(rq, entity.id, &out->Tags);
}

/* Not paged: an account has a hundred. */
enum rc iam_ListSAMLProviders(struct rq *rq, struct iam_ListSAMLProviders_out *out)
{
    struct iam_SAMLProviderListEntry *views;
    struct page page = { .max = PAGE_MAX };
    struct entity *entities = NULL;
    size_t count = 0;

    TRY(entity_list(rq->txn, rq->account, ENTITY_SAML_PROVIDER, STR_NONE, &page, rq->arena,
                    &entities, &count));
    views = NEW_ARRAY(rq->arena, count, struct iam_SAMLProviderListEntry);
    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct saml_provider provider;
        TRY(saml_provider_trust(rq->txn, &entities[i], rq->arena, &provider));
        views[i] =
            (struct iam_SAMLProviderListEntry){ .Arn = entity_arn(&entities[i], rq->arena),
                                                .ValidUntil = end_shown(&provider),
                                                .CreateDate = iam_time(entities[i].created_s) };
        if (views[i].Arn.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    out->SAMLProviderList = (struct iam_SAMLProviderListEntry_list){ views, count, true };
    return RC_OK;
}

enum rc iam_DeleteSAMLProvider(struct rq *rq, const struct iam_DeleteSAMLProvider_in *in)
{
    struct entity entity;

    TRY(find(rq, in->SAMLProviderArn, &entity));
    return saml_provider_delete(rq->txn, &entity);
}

/* --- tags --------------------------------------------------------------------------------------- */

enum rc iam_TagSAMLProvider(struct rq *rq, const struct iam_TagSAMLProvider_in *in)
{
    struct entity entity;

    TRY(find(rq, in->SAMLProviderArn, &entity));
    return iam_put_tags(rq, entity.id, &in->Tags);
}

enum rc iam_UntagSAMLProvider(struct rq *rq, const struct iam_UntagSAMLProvider_in *in)
{
    struct entity entity;

    TRY(find(rq, in->SAMLProviderArn, &entity));
    return iam_remove_tags(rq, entity.id, &in->TagKeys);
}

enum rc iam_ListSAMLProviderTags(struct rq *rq, const struct iam_ListSAMLProviderTags_in *in,
                                 struct iam_ListSAMLProviderTags_out *out)
{
    struct entity entity;

    TRY(find(rq, in->SAMLProviderArn, &entity));
    return iam_page_tags(rq, entity.id, in->Marker, in->MaxItems, &out->Tags, &out->IsTruncated,
                         &out->Marker);
}
