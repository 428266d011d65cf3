#include "model/account.h"

#include "model/access_key.h"
#include "model/credential.h"
#include "model/mfa.h"
#include "model/password.h"
#include "service/iam/iam.h"

enum rc iam_CreateAccountAlias(struct rq *rq, const struct iam_CreateAccountAlias_in *in)
{
    enum rc rc = account_set_alias(rq->txn, rq->account, in->AccountAlias, rq->arena);

    if (rc == RC_EXISTS) {
        return api_fail(rq, ERR_EntityAlreadyExists, "The account alias %.*s already exists.",
                        FMT(in->AccountAlias));
    }
    return rc;
}

enum rc iam_DeleteAccountAlias(struct rq *rq, const struct iam_DeleteAccountAlias_in *in)
{
    enum rc rc = account_delete_alias(rq->txn, rq->account, in->AccountAlias, rq->arena);

    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_NoSuchEntity, "The account alias with name %.*s cannot be found.",
                        FMT(in->AccountAlias));
    }
    return rc;
}

enum rc iam_ListAccountAliases(struct rq *rq, const struct iam_ListAccountAliases_in *in,
                               struct iam_ListAccountAliases_out *out)
{
    struct account account;
    struct iam_slice slice;

    TRY(account_get(rq->txn, rq->account, rq->arena, &account));
    str *alias = NEW(rq->arena, str);
    if (alias == NULL) {
        return RC_NOMEM;
    }
    *alias = account.alias;
    TRY(iam_slice(rq, in->Marker, in->MaxItems, alias->ptr == NULL ? 0 : 1, &slice,
                  &out->IsTruncated, &out->Marker));
    out->AccountAliases = (struct api_str_list){ alias + slice.from, slice.count, true };
    return RC_OK;
}

/* --- GetAccountSummary ------------------------------------------------------------------------ */

/* A line of the summary: a number of things, a quota, or a number that is always the same here. */
enum line_source {
    LINE_ENTITIES,
    LINE_PROVIDERS,
    LINE_COUNTER,
    LINE_QUOTA,
    LINE_ROOT_KEYS,
    LINE_ROOT_CERTIFICATES,
    LINE_TOKEN_VERSION,
    LINE_ROOT_MFA,
    LINE_ROOT_PASSWORD,
    LINE_MFA_IN_USE,
    LINE_FIXED,
};
struct line {
    str key;
    enum line_source source;
    int number; /* enum entity_kind, enum quota, or the number itself */
    str counter;
};

static const struct line lines[] = {
    { STR_INIT("AccessKeysPerUserQuota"), LINE_QUOTA, QUOTA_KEYS_PER_USER },
    { STR_INIT("AccountAccessKeysPresent"), LINE_ROOT_KEYS },
    { STR_INIT("AccountMFAEnabled"), LINE_ROOT_MFA },
    { STR_INIT("AccountPasswordPresent"), LINE_ROOT_PASSWORD },
    { STR_INIT("AccountSigningCertificatesPresent"), LINE_ROOT_CERTIFICATES },
    { STR_INIT("AssumeRolePolicySizeQuota"), LINE_QUOTA, QUOTA_TRUST_SIZE },
    { STR_INIT("AttachedPoliciesPerGroupQuota"), LINE_QUOTA, QUOTA_POLICIES_PER_GROUP },
    { STR_INIT("AttachedPoliciesPerRoleQuota"), LINE_QUOTA, QUOTA_POLICIES_PER_ROLE },
    { STR_INIT("AttachedPoliciesPerUserQuota"), LINE_QUOTA, QUOTA_POLICIES_PER_USER },
    { STR_INIT("GlobalEndpointTokenVersion"), LINE_TOKEN_VERSION },
    { STR_INIT("GroupPolicySizeQuota"), LINE_QUOTA, QUOTA_INLINE_GROUP_SIZE },
    { STR_INIT("Groups"), LINE_ENTITIES, ENTITY_GROUP },
    { STR_INIT("GroupsPerUserQuota"), LINE_QUOTA, QUOTA_GROUPS_PER_USER },
    { STR_INIT("GroupsQuota"), LINE_QUOTA, QUOTA_GROUPS },
    { STR_INIT("InstanceProfiles"), LINE_ENTITIES, ENTITY_PROFILE },
    { STR_INIT("InstanceProfilesQuota"), LINE_QUOTA, QUOTA_PROFILES },
    { STR_INIT("MFADevices"), LINE_ENTITIES, ENTITY_MFA },
    { STR_INIT("MFADevicesInUse"), LINE_MFA_IN_USE },
    { STR_INIT("Policies"), LINE_ENTITIES, ENTITY_POLICY },
    { STR_INIT("PoliciesQuota"), LINE_QUOTA, QUOTA_POLICIES },
    { STR_INIT("PolicySizeQuota"), LINE_QUOTA, QUOTA_POLICY_SIZE },
    { STR_INIT("PolicyVersionsInUse"), LINE_COUNTER, 0, STR_INIT("versions") },
    { STR_INIT("PolicyVersionsInUseQuota"), LINE_FIXED, 10000 },
    { STR_INIT("Providers"), LINE_PROVIDERS },
    { STR_INIT("RolePolicySizeQuota"), LINE_QUOTA, QUOTA_INLINE_ROLE_SIZE },
    { STR_INIT("Roles"), LINE_ENTITIES, ENTITY_ROLE },
    { STR_INIT("RolesQuota"), LINE_QUOTA, QUOTA_ROLES },
    { STR_INIT("ServerCertificates"), LINE_ENTITIES, ENTITY_CERTIFICATE },
    { STR_INIT("ServerCertificatesQuota"), LINE_QUOTA, QUOTA_SERVER_CERTIFICATES },
    { STR_INIT("SigningCertificatesPerUserQuota"), LINE_QUOTA, QUOTA_SIGNING_CERTIFICATES },
    { STR_INIT("UserPolicySizeQuota"), LINE_QUOTA, QUOTA_INLINE_USER_SIZE },
    { STR_INIT("Users"), LINE_ENTITIES, ENTITY_USER },
    { STR_INIT("UsersQuota"), LINE_QUOTA, QUOTA_USERS },
    { STR_INIT("VersionsPerPolicyQuota"), LINE_QUOTA, QUOTA_VERSIONS_PER_POLICY },
};

static enum rc root_password(struct rq *rq, int64_t *ret)
{
    struct login_profile profile;
    enum rc rc = login_profile_get(rq->txn, rq->account_text, rq->arena, &profile);

    *ret = rc == RC_OK ? 1 : 0;
    return rc == RC_NOENT ? RC_OK : rc;
}

/* Of both kinds together. */
static enum rc count_providers(struct rq *rq, int64_t *ret)
{
    int64_t oidc = 0, saml = 0;

    TRY(entity_count(rq->txn, rq->account, ENTITY_OIDC, &oidc));
    TRY(entity_count(rq->txn, rq->account, ENTITY_SAML_PROVIDER, &saml));
    *ret = oidc + saml;
    return RC_OK;
}

static enum rc line_value(struct rq *rq, const struct line *line, int64_t *ret)
{
    switch (line->source) {
    case LINE_ENTITIES:
        return entity_count(rq->txn, rq->account, (enum entity_kind)line->number, ret);
    case LINE_PROVIDERS:
        return count_providers(rq, ret);
    case LINE_COUNTER:
        return counter_get(rq->txn, rq->account, line->counter, ret);
    case LINE_QUOTA:
        return quota_get(rq->txn, rq->account, (enum quota)line->number, ret);
    case LINE_ROOT_KEYS:
        TRY(access_key_count(rq->txn, rq->account_text, rq->arena, ret));
        *ret = *ret > 0 ? 1 : 0; /* whether, not how many */
        return RC_OK;
    case LINE_ROOT_CERTIFICATES:
        TRY(credential_count(rq->txn, rq->account_text, CREDENTIAL_SIGNING_CERTIFICATE, rq->arena,
                             ret));
        *ret = *ret > 0 ? 1 : 0;
        return RC_OK;
    case LINE_TOKEN_VERSION:
        return account_token_version(rq->txn, rq->account, rq->arena, ret);
    case LINE_ROOT_MFA:
        TRY(mfa_count_owned(rq->txn, rq->account_text, rq->arena, ret));
        *ret = *ret > 0 ? 1 : 0;
        return RC_OK;
    case LINE_ROOT_PASSWORD:
        return root_password(rq, ret);
    case LINE_MFA_IN_USE:
        return mfa_count_in_use(rq->txn, rq->account, ret);
    case LINE_FIXED:
        break;
    }
    *ret = line->number;
    return RC_OK;
}

enum rc iam_GetAccountSummary(struct rq *rq, struct iam_GetAccountSummary_out *out)
{
    struct iam_summaryMap_entry *items = NEW_ARRAY(rq->arena, COUNT_OF(lines),
                                                   struct iam_summaryMap_entry);

    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        items[i].key = lines[i].key;
        items[i].value.present = true;
        TRY(line_value(rq, &lines[i], &items[i].value.value));
    }
    out->SummaryMap = (struct iam_summaryMap){ items, COUNT_OF(lines), true };
    return RC_OK;
}

/* Both versions are the same tokens here, valid in every region as version 2 is at AWS: what is kept
 * is what was asked for. */
enum rc iam_SetSecurityTokenServicePreferences(
    struct rq *rq, const struct iam_SetSecurityTokenServicePreferences_in *in)
{
    bool second = str_eq(in->GlobalEndpointTokenVersion, STR("v2Token"));

    return account_set_token_version(rq->txn, rq->account, second ? 2 : 1);
}
