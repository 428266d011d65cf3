/* What an organization lets its management account do as a member's root. */
#include "model/organization.h"

#include "service/iam/iam.h"

static const struct {
    str name;
    unsigned bit;
} features[] = {
    { STR_INIT("RootCredentialsManagement"), ORGANIZATION_ROOT_CREDENTIALS },
    { STR_INIT("RootSessions"), ORGANIZATION_ROOT_SESSIONS },
};

/* `error` says that the caller is not in the management account; AWS has two words for it. */
static enum rc own_organization(struct rq *rq, enum api_error_id error, struct organization *ret)
{
    enum rc rc = organization_of(rq->txn, rq->account, rq->arena, ret);

    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_OrganizationNotFoundException,
                        "The account %.*s is not in an organization.", FMT(rq->account_text));
    }
    TRY(rc);
    if (ret->management != rq->account) {
        return api_fail(rq, error,
                        "The account %.*s is not the management account of its organization.",
                        FMT(rq->account_text));
    }
    return RC_OK;
}

static enum rc put_features(struct rq *rq, const struct organization *organization, str *ret_id,
                            struct api_str_list *ret)
{
    str *items = NEW_ARRAY(rq->arena, COUNT_OF(features), str);
    size_t count = 0;

    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < COUNT_OF(features); i++) {
        if (organization->features & features[i].bit) {
            items[count++] = features[i].name;
        }
    }
    *ret_id = organization->id;
    *ret = (struct api_str_list){ items, count, true };
    return RC_OK;
}

static enum rc change(struct rq *rq, enum api_error_id error, unsigned set, unsigned clear,
                      str *ret_id, struct api_str_list *ret)
{
    struct organization organization;

    TRY(own_organization(rq, error, &organization));
    TRY(organization_set_features(rq->txn, &organization, (organization.features & ~clear) | set,
                                  rq->arena));
    return put_features(rq, &organization, ret_id, ret);
}

enum rc iam_EnableOrganizationsRootCredentialsManagement(
    struct rq *rq, struct iam_EnableOrganizationsRootCredentialsManagement_out *out)
{
    return change(rq, ERR_CallerIsNotManagementAccountException, ORGANIZATION_ROOT_CREDENTIALS, 0,
                  &out->OrganizationId, &out->EnabledFeatures);
}

enum rc iam_DisableOrganizationsRootCredentialsManagement(
    struct rq *rq, struct iam_DisableOrganizationsRootCredentialsManagement_out *out)
{
    return change(rq, ERR_AccountNotManagementOrDelegatedAdministratorException, 0,
                  ORGANIZATION_ROOT_CREDENTIALS, &out->OrganizationId, &out->EnabledFeatures);
}

enum rc iam_EnableOrganizationsRootSessions(struct rq *rq,
                                            struct iam_EnableOrganizationsRootSessions_out *out)
{
    return change(rq, ERR_CallerIsNotManagementAccountException, ORGANIZATION_ROOT_SESSIONS, 0,
                  &out->OrganizationId, &out->EnabledFeatures);
}

enum rc iam_DisableOrganizationsRootSessions(struct rq *rq,
                                             struct iam_DisableOrganizationsRootSessions_out *out)
{
    return change(rq, ERR_AccountNotManagementOrDelegatedAdministratorException, 0,
                  ORGANIZATION_ROOT_SESSIONS, &out->OrganizationId, &out->EnabledFeatures);
}

enum rc iam_ListOrganizationsFeatures(struct rq *rq, struct iam_ListOrganizationsFeatures_out *out)
{
    struct organization organization;

    TRY(own_organization(rq, ERR_AccountNotManagementOrDelegatedAdministratorException,
                         &organization));
    return put_features(rq, &organization, &out->OrganizationId, &out->EnabledFeatures);
}
