/* OpenID Connect providers. Nothing is fetched here: a provider's keys are asked for when its first
 * token comes. */
#include "model/oidc_provider.h"

#include "federation/federation.h"
#include "federation/url.h"
#include "model/quota.h"
#include "service/iam/iam.h"
#include "service/turn.h"

enum { THUMBPRINTS_BYTES_MAX = THUMBPRINTS_MAX * (THUMBPRINT_CHARS + 1) };

static enum rc find(struct rq *rq, str arn, struct oidc_provider *ret)
{
    enum rc rc = oidc_provider_by_arn(rq->txn, arn, rq->arena, ret);

    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_ValidationError, "Invalid ARN:  Could not be parsed!");
    }
    if (rc == RC_NOENT || (rc == RC_OK && ret->entity.account != rq->account)) {
        return api_fail(rq, ERR_NoSuchEntity, "OpenIDConnect Provider not found for arn %.*s",
                        FMT(arn));
    }
    return rc;
}

/* As AWS takes them: no certificate has one with letters past f. */
static bool is_thumbprint(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alnum(text.ptr[i])) {
            return false;
        }
    }
    return text.len == THUMBPRINT_CHARS;
}

static enum rc join_thumbprints(struct rq *rq, const struct api_str_list *list, str *ret)
{
    buf out = buf_arena(rq->arena, THUMBPRINTS_BYTES_MAX);

    if (list->count > THUMBPRINTS_MAX) {
        return api_fail(rq, ERR_InvalidInput, "Thumbprint list must contain fewer than 5 entries.");
    }
    for (size_t i = 0; i < list->count; i++) {
        if (!is_thumbprint(list->items[i])) {
            return api_fail(rq, ERR_InvalidInput,
                            "Thumbprint %.*s is not the SHA-1 of a certificate in 40 hexadecimal "
                            "digits.",
                            FMT(list->items[i]));
        }
        if (i > 0) {
            buf_add_char(&out, ' ');
        }
        for (size_t j = 0; j < list->items[i].len; j++) {
            buf_add_char(&out, ascii_lower(list->items[i].ptr[j]));
        }
    }
    *ret = buf_str(&out);
    return out.err;
}

/* All characters that RFC 3986 has, and something behind the scheme. */
static bool is_https_uri(str text)
{
    if (!take_prefix(&text, STR("https://"))) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alnum(text.ptr[i]) &&
            !str_find_char(STR("-._~:/?#[]@!$&'()*+,;=%"), text.ptr[i], &(size_t){ 0 })) {
            return false;
        }
    }
    return text.len > 0;
}

static enum rc check_url(struct rq *rq, str text)
{
    static const char refusal[] = "Invalid Open ID Connect Provider URL";
    const struct federation *federation = turn_of(rq)->loop->config->federation;
    bool plain = str_starts(text, STR("http://"));
    struct url url;

    if (url_parse(text, &url) == RC_OK &&
        url_is_issuer(&url, federation != NULL && federation_allows_loopback(federation))) {
        return RC_OK;
    }
    if (plain) {
        return api_fail(rq, ERR_InvalidInput, "%s. The URL must begin with https://.", refusal);
    }
    if (is_https_uri(text)) {
        return api_fail(rq, ERR_InvalidInput, "%s.", refusal);
    }
    return api_fail(rq, ERR_ValidationError, "%s", refusal);
}

static enum rc add_clients(struct rq *rq, const struct oidc_provider *provider, const str *clients,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum rc rc = oidc_client_add(rq->txn, provider, clients[i], rq->arena);
        if (rc == RC_LIMIT) {
            return iam_fail_quota(rq, QUOTA_OIDC_CLIENTS);
        }
        TRY(rc);
    }
    return RC_OK;
}

enum rc iam_CreateOpenIDConnectProvider(struct rq *rq,
                                        const struct iam_CreateOpenIDConnectProvider_in *in,
                                        struct iam_CreateOpenIDConnectProvider_out *out)
{
    struct oidc_provider provider = { .entity = { .account = rq->account, .created_s = rq->now_s },
                                      .url = in->Url };
    enum rc rc;

    TRY(check_url(rq, in->Url));
    TRY(iam_check_tags(rq, ENTITY_OIDC, &in->Tags));
    TRY(join_thumbprints(rq, &in->ThumbprintList, &provider.thumbprints));
    rc = oidc_provider_insert(rq->txn, rq->env, &provider, rq->arena);
    if (rc == RC_EXISTS) {
        return api_fail(rq, ERR_EntityAlreadyExists, "Provider with url %.*s already exists.",
                        FMT(in->Url));
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, QUOTA_OIDC_PROVIDERS);
    }
    TRY(rc);
    TRY(add_clients(rq, &provider, in->ClientIDList.items, in->ClientIDList.count));
    TRY(iam_put_tags(rq, provider.entity.id, &in->Tags));
    out->OpenIDConnectProviderArn = entity_arn(&provider.entity, rq->arena);
    out->Tags = iam_given_tags(&in->Tags);
    return out->OpenIDConnectProviderArn.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc split_thumbprints(struct rq *rq, str joined, struct api_str_list *ret)
{
    str *items = NEW_ARRAY(rq->arena, THUMBPRINTS_MAX, str);
    size_t count = 0;

    if (items == NULL) {
        return RC_NOMEM;
    }
    while (count < THUMBPRINTS_MAX && take_item(&joined, ' ', &items[count])) {
        count++;
    }
    *ret = (struct api_str_list){ items, count, true };
    return RC_OK;
}

enum rc iam_GetOpenIDConnectProvider(struct rq *rq,
                                     const struct iam_GetOpenIDConnectProvider_in *in,
                                     struct iam_GetOpenIDConnectProvider_out *out)
{
    struct oidc_provider provider;
    str *clients = NULL;
    size_t count = 0;

    TRY(find(rq, in->OpenIDConnectProviderArn, &provider));
    TRY(oidc_clients(rq->txn, provider.entity.id, rq->arena, &clients, &count));
    out->Url = provider.entity.name;
    out->ClientIDList = (struct api_str_list){ clients, count, true };
    TRY(split_thumbprints(rq, provider.thumbprints, &out->ThumbprintList));
    out->CreateDate = iam_time(provider.entity.created_s);
    return iam_get_all_tags(rq, provider.entity.id, &out->Tags);
}

/* AWS lists them all at once. */
enum rc iam_ListOpenIDConnectProviders(struct rq *rq,
                                       struct iam_ListOpenIDConnectProviders_out *out)
{
    struct page page = { .max = PAGE_MAX };
    struct iam_OpenIDConnectProviderListEntry *items;
    int64_t total = 0;
    size_t at = 0;

    TRY(entity_count(rq->txn, rq->account, ENTITY_OIDC, &total));
    items = NEW_ARRAY(rq->arena, (size_t)total, struct iam_OpenIDConnectProviderListEntry);
    if (items == NULL) {
        return RC_NOMEM;
    }
    do {
        struct entity *found = NULL;
        size_t count = 0;
        TRY(entity_list(rq->txn, rq->account, ENTITY_OIDC, STR_NONE, &page, rq->arena, &found,
                        &count));
        for (size_t i = 0; i < count && at < (size_t)total; i++) {
            items[at].Arn = entity_arn(&found[i], rq->arena);
            if (items[at++].Arn.ptr == NULL) {
                return RC_NOMEM;
            }
        }
        page.marker = page.next_marker;
    } while (page.truncated);
    out->OpenIDConnectProviderList = (struct iam_OpenIDConnectProviderListEntry_list){ items, at,
                                                                                       true };
    return RC_OK;
}

enum rc iam_DeleteOpenIDConnectProvider(struct rq *rq,
                                        const struct iam_DeleteOpenIDConnectProvider_in *in)
{
    struct oidc_provider provider;

    enum rc rc = oidc_provider_by_arn(rq->txn, in->OpenIDConnectProviderArn, rq->arena, &provider);
    if (rc == RC_NOENT || (rc == RC_OK && provider.entity.account != rq->account)) {
        return api_fail(rq, ERR_NoSuchEntity, "OpenId connect Provider %.*s cannot be found.",
                        FMT(in->OpenIDConnectProviderArn)); /* here in other words */
    }
    TRY(rc == RC_SYNTAX ? find(rq, in->OpenIDConnectProviderArn, &provider) : rc);
    return oidc_provider_delete(rq->txn, &provider);
}

enum rc iam_AddClientIDToOpenIDConnectProvider(
    struct rq *rq, const struct iam_AddClientIDToOpenIDConnectProvider_in *in)
{
    struct oidc_provider provider;

    TRY(find(rq, in->OpenIDConnectProviderArn, &provider));
    return add_clients(rq, &provider, &in->ClientID, 1);
}

enum rc iam_RemoveClientIDFromOpenIDConnectProvider(
    struct rq *rq, const struct iam_RemoveClientIDFromOpenIDConnectProvider_in *in)
{
    struct oidc_provider provider;

    TRY(find(rq, in->OpenIDConnectProviderArn, &provider));
    return oidc_client_remove(rq->txn, &provider, in->ClientID);
}

enum rc iam_UpdateOpenIDConnectProviderThumbprint(
    struct rq *rq, const struct iam_UpdateOpenIDConnectProviderThumbprint_in *in)
{
    struct oidc_provider provider;
    str thumbprints;

    TRY(find(rq, in->OpenIDConnectProviderArn, &provider));
    TRY(join_thumbprints(rq, &in->ThumbprintList, &thumbprints));
    return oidc_provider_set_thumbprints(rq->txn, &provider, thumbprints);
}

enum rc iam_TagOpenIDConnectProvider(struct rq *rq,
                                     const struct iam_TagOpenIDConnectProvider_in *in)
{
    struct oidc_provider provider;

    TRY(find(rq, in->OpenIDConnectProviderArn, &provider));
    return iam_put_tags(rq, provider.entity.id, &in->Tags);
}

enum rc iam_UntagOpenIDConnectProvider(struct rq *rq,
                                       const struct iam_UntagOpenIDConnectProvider_in *in)
{
    struct oidc_provider provider;

    TRY(find(rq, in->OpenIDConnectProviderArn, &provider));
    return iam_remove_tags(rq, provider.entity.id, &in->TagKeys);
}

enum rc iam_ListOpenIDConnectProviderTags(struct rq *rq,
                                          const struct iam_ListOpenIDConnectProviderTags_in *in,
                                          struct iam_ListOpenIDConnectProviderTags_out *out)
{
    struct oidc_provider provider;

    TRY(find(rq, in->OpenIDConnectProviderArn, &provider));
    return iam_page_tags(rq, provider.entity.id, in->Marker, in->MaxItems, &out->Tags,
                         &out->IsTruncated, &out->Marker);
}
