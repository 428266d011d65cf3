/* Service-specific credentials: a user name and a password, or an API key, for one service. The
 * secret is random, shown once and kept as its SHA-256: what has 240 bits needs no slow hash. */
#include "codec/base64.h"
#include "service/iam/credential.h"
#include "vault/vault.h"

enum { DAY_S = 86400, SECRET_BYTES_MAX = 1024, NAMES_MAX = 1000 };

static const struct service {
    str name;
    bool has_key; /* an API key that may expire; others have a user name and a password */
} services[] = {
    { STR_INIT("codecommit.amazonaws.com"), false },
    { STR_INIT("cassandra.amazonaws.com"), false },
    { STR_INIT("bedrock.amazonaws.com"), true },
};

static enum rc find_service(struct rq *rq, str name, const struct service **ret)
{
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (str_eq(services[i].name, name)) {
            *ret = &services[i];
            return RC_OK;
        }
    }
    return api_fail(rq, ERR_NoSuchEntity,
                    "No such service %.*s is supported for Service Specific Credentials",
                    FMT(name));
}

static bool name_is_taken(const struct credential *held, size_t count, str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(held[i].body, name)) {
            return true;
        }
    }
    return false;
}

/* bob-at-123456789012, the next one bob+1-at-123456789012. */
static enum rc new_name(struct rq *rq, str user_name, const struct credential *held, size_t count,
                        str *ret)
{
    for (int n = 0; n < NAMES_MAX; n++) {
        str name = n == 0 ? arena_printf(rq->arena, "%.*s-at-%.*s", FMT(user_name),
                                         FMT(rq->account_text))
                          : arena_printf(rq->arena, "%.*s+%d-at-%.*s", FMT(user_name), n,
                                         FMT(rq->account_text));
        if (name.ptr == NULL) {
            return RC_NOMEM;
        }
        if (!name_is_taken(held, count, name)) {
            *ret = name;
            return RC_OK;
        }
    }
    return RC_LIMIT;
}

static enum rc admit(struct rq *rq, const struct credential *held, size_t count, str service)
{
    int64_t used = 0;

    for (size_t i = 0; i < count; i++) {
        used += str_eq(held[i].about, service) ? 1 : 0;
    }
    enum rc rc = quota_admit(rq->txn, rq->account, QUOTA_SERVICE_CREDENTIALS, used);
    return rc == RC_LIMIT ? iam_fail_quota(rq, QUOTA_SERVICE_CREDENTIALS) : rc;
}

/* An API key says whose it is: "ABSK" and base64 of "name:secret". */
static enum rc new_secret(struct rq *rq, const struct service *service, str name, str *ret)
{
    buf out = buf_arena(rq->arena, SECRET_BYTES_MAX);
    str random = STR_NONE, pair;

    TRY(vault_new_secret(rq->vault, rq->arena, &random));
    if (!service->has_key) {
        *ret = random;
        return RC_OK;
    }
    pair = arena_printf(rq->arena, "%.*s:%.*s", FMT(name), FMT(random));
    if (pair.ptr == NULL) {
        return RC_NOMEM;
    }
    BUF_LIT(&out, "ABSK");
    base64_encode(BASE64_STANDARD, pair.ptr, pair.len, &out);
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}

static struct opt_int expiration_of(const struct credential *credential)
{
    return (struct opt_int){ credential->expires_s, credential->expires_s != 0 };
}

static enum rc view_of(struct rq *rq, const struct service *service, str user_name,
                       const struct credential *credential, str secret,
                       struct iam_ServiceSpecificCredential **ret)
{
    struct iam_ServiceSpecificCredential *view = NEW(rq->arena,
                                                     struct iam_ServiceSpecificCredential);

    if (view == NULL) {
        return RC_NOMEM;
    }
    *view = (struct iam_ServiceSpecificCredential){
        .CreateDate = iam_time(credential->created_s),
        .ExpirationDate = expiration_of(credential),
        .ServiceName = credential->about,
        .ServiceSpecificCredentialId = credential->id,
        .UserName = user_name,
        .Status = iam_credential_status(rq, credential),
    };
    if (service->has_key) {
        view->ServiceCredentialAlias = credential->body;
        view->ServiceCredentialSecret = secret;
    } else {
        view->ServiceUserName = credential->body;
        view->ServicePassword = secret;
    }
    *ret = view;
    return RC_OK;
}

enum rc iam_CreateServiceSpecificCredential(struct rq *rq,
                                            const struct iam_CreateServiceSpecificCredential_in *in,
                                            struct iam_CreateServiceSpecificCredential_out *out)
{
    const struct service *service = NULL;
    struct credential *held = NULL;
    struct iam_owner owner;
    size_t count = 0;
    str secret = STR_NONE;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(find_service(rq, in->ServiceName, &service));
    if (in->CredentialAgeDays.present && !service->has_key) {
        return api_fail(rq, ERR_ValidationError,
                        "CredentialAgeDays is for services with API keys, not for %.*s.",
                        FMT(service->name));
    }
    struct credential credential = { .account = rq->account,
                                     .owner_id = owner.id,
                                     .kind = CREDENTIAL_SERVICE,
                                     .created_s = rq->now_s,
                                     .about = service->name };
    if (in->CredentialAgeDays.present) {
        credential.expires_s = rq->now_s + in->CredentialAgeDays.value * DAY_S;
    }
    TRY(credential_list(rq->txn, owner.id, credential.kind, rq->arena, &held, &count));
    TRY(admit(rq, held, count, service->name));
    TRY(new_name(rq, owner.user.name, held, count, &credential.body));
    TRY(new_secret(rq, service, credential.body, &secret));
    TRY(credential_insert(rq->txn, rq->env, &credential, secret, rq->arena));
    return view_of(rq, service, owner.user.name, &credential, secret,
                   &out->ServiceSpecificCredential);
}

enum rc iam_ResetServiceSpecificCredential(struct rq *rq,
                                           const struct iam_ResetServiceSpecificCredential_in *in,
                                           struct iam_ResetServiceSpecificCredential_out *out)
{
    const struct service *service = NULL;
    struct credential credential;
    struct iam_owner owner;
    str secret = STR_NONE;

    TRY(iam_find_credential(rq, in->UserName, CREDENTIAL_SERVICE, in->ServiceSpecificCredentialId,
                            &owner, &credential));
    TRY(find_service(rq, credential.about, &service));
    TRY(new_secret(rq, service, credential.body, &secret));
    TRY(credential_set_secret(rq->txn, &credential, secret));
    return view_of(rq, service, owner.user.name, &credential, secret,
                   &out->ServiceSpecificCredential);
}

enum rc iam_UpdateServiceSpecificCredential(struct rq *rq,
                                            const struct iam_UpdateServiceSpecificCredential_in *in)
{
    return iam_update_credential(rq, in->UserName, CREDENTIAL_SERVICE,
                                 in->ServiceSpecificCredentialId, in->Status);
}

enum rc iam_DeleteServiceSpecificCredential(struct rq *rq,
                                            const struct iam_DeleteServiceSpecificCredential_in *in)
{
    return iam_delete_credential(rq, in->UserName, CREDENTIAL_SERVICE,
                                 in->ServiceSpecificCredentialId);
}

/* --- listing ------------------------------------------------------------------------------------ */

static enum rc put_metadata(struct rq *rq, const struct credential *credential, str user_name,
                            struct iam_ServiceSpecificCredentialMetadata *ret)
{
    const struct service *service = NULL;

    TRY(find_service(rq, credential->about, &service));
    *ret = (struct iam_ServiceSpecificCredentialMetadata){
        .UserName = user_name,
        .Status = iam_credential_status(rq, credential),
        .CreateDate = iam_time(credential->created_s),
        .ExpirationDate = expiration_of(credential),
        .ServiceSpecificCredentialId = credential->id,
        .ServiceName = credential->about,
    };
    *(service->has_key ? &ret->ServiceCredentialAlias : &ret->ServiceUserName) = credential->body;
    return RC_OK;
}

static size_t keep_service(struct credential *held, size_t count, str service)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (service.ptr == NULL || str_eq(held[i].about, service)) {
            held[kept++] = held[i];
        }
    }
    return kept;
}

static enum rc new_items(struct rq *rq, size_t count,
                         struct iam_ListServiceSpecificCredentials_out *out)
{
    out->ServiceSpecificCredentials.items = NEW_ARRAY(rq->arena, count,
                                                      struct iam_ServiceSpecificCredentialMetadata);
    out->ServiceSpecificCredentials.count = count;
    out->ServiceSpecificCredentials.present = true;
    return out->ServiceSpecificCredentials.items == NULL ? RC_NOMEM : RC_OK;
}

/* Of the whole account; a page that leaves other services out may be short. */
static enum rc list_all(struct rq *rq, const struct iam_ListServiceSpecificCredentials_in *in,
                        struct iam_ListServiceSpecificCredentials_out *out)
{
    struct credential *held = NULL;
    struct page page = { 0 };
    size_t count = 0;

    if (in->UserName.ptr != NULL) {
        return api_fail(rq, ERR_ValidationError,
                        "UserName and AllUsers cannot be specified together.");
    }
    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(credential_page(rq->txn, rq->account, CREDENTIAL_SERVICE,
                        page.marker.ptr == NULL ? STR("") : page.marker, page.max + 1, rq->arena,
                        &held, &count));
    page.truncated = count > page.max;
    if (page.truncated) {
        count = page.max;
        page.next_marker = held[count - 1].id;
    }
    count = keep_service(held, count, in->ServiceName);
    TRY(new_items(rq, count, out));
    for (size_t i = 0; i < count; i++) {
        struct entity user;
        TRY(entity_by_id(rq->txn, held[i].owner_id, rq->arena, &user));
        TRY(put_metadata(rq, &held[i], user.name, &out->ServiceSpecificCredentials.items[i]));
    }
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

static enum rc list_own(struct rq *rq, const struct iam_ListServiceSpecificCredentials_in *in,
                        struct iam_ListServiceSpecificCredentials_out *out)
{
    struct credential *held = NULL;
    struct iam_owner owner;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(credential_list(rq->txn, owner.id, CREDENTIAL_SERVICE, rq->arena, &held, &count));
    count = keep_service(held, count, in->ServiceName);
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    TRY(new_items(rq, slice.count, out));
    for (size_t i = 0; i < slice.count; i++) {
        TRY(put_metadata(rq, &held[slice.from + i], owner.user.name,
                         &out->ServiceSpecificCredentials.items[i]));
    }
    return RC_OK;
}

enum rc iam_ListServiceSpecificCredentials(struct rq *rq,
                                           const struct iam_ListServiceSpecificCredentials_in *in,
                                           struct iam_ListServiceSpecificCredentials_out *out)
{
    const struct service *service = NULL;

    if (in->ServiceName.ptr != NULL) {
        TRY(find_service(rq, in->ServiceName, &service));
    }
    return in->AllUsers.present && in->AllUsers.value ? list_all(rq, in, out)
                                                      : list_own(rq, in, out);
}
