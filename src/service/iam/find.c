#include "codec/arn.h"
#include "service/iam/iam.h"

/* How AWS speaks of each kind: what stands before and behind the name. */
static const struct noun {
    str missing[2], taken[2];
} nouns[] = {
    [ENTITY_USER] = { { STR_INIT("The user with name "), STR_INIT(" cannot be found.") },
                      { STR_INIT("User with name "), STR_INIT(" already exists.") } },
    [ENTITY_GROUP] = { { STR_INIT("The group with name "), STR_INIT(" cannot be found.") },
                       { STR_INIT("Group with name "), STR_INIT(" already exists.") } },
    [ENTITY_ROLE] = { { STR_INIT("The role with name "), STR_INIT(" cannot be found.") },
                      { STR_INIT("Role with name "), STR_INIT(" already exists.") } },
    [ENTITY_PROFILE] = { { STR_INIT("Instance Profile "), STR_INIT(" cannot be found.") },
                         { STR_INIT("Instance Profile "), STR_INIT(" already exists.") } },
    [ENTITY_POLICY] = { { STR_INIT("Policy "), STR_INIT(" was not found.") },
                        { STR_INIT("A policy called "),
                          STR_INIT(" already exists. Duplicate names are not allowed.") } },
    [ENTITY_CERTIFICATE] = { { STR_INIT("The Server Certificate with name "),
                               STR_INIT(" cannot be found.") },
                             { STR_INIT("The Server Certificate with name "),
                               STR_INIT(" already exists.") } },
    [ENTITY_OIDC] = { { STR_INIT("OpenIDConnect Provider "), STR_INIT(" cannot be found.") },
                      { STR_INIT("Provider with url "), STR_INIT(" already exists.") } },
    /* Looked up by ARN alone: saml_provider.c has the words for a missing one. */
    [ENTITY_SAML_PROVIDER] = { { STR_INIT("Manifest not found for "), STR_INIT("") },
                               { STR_INIT("Provider with name "), STR_INIT(" already exists.") } },
};

enum rc iam_find(struct rq *rq, enum entity_kind kind, str name, struct entity *ret)
{
    enum rc rc = entity_by_name(rq->txn, rq->account, kind, name, rq->arena, ret);

    if (rc == RC_NOENT) {
        const str *words = nouns[kind].missing;
        return api_fail(rq, ERR_NoSuchEntity, "%.*s%.*s%.*s", FMT(words[0]), FMT(name),
                        FMT(words[1]));
    }
    return rc;
}

enum rc iam_fail_exists(struct rq *rq, enum entity_kind kind, str name)
{
    const str *words = nouns[kind].taken;

    return api_fail(rq, ERR_EntityAlreadyExists, "%.*s%.*s%.*s", FMT(words[0]), FMT(name),
                    FMT(words[1]));
}

enum rc iam_find_owner(struct rq *rq, str user_name, struct iam_owner *ret)
{
    struct iam_owner owner = { 0 };

    if (user_name.ptr != NULL) {
        TRY(iam_find(rq, ENTITY_USER, user_name, &owner.user));
        owner.id = owner.user.id;
    } else if (rq->caller->type == PRINCIPAL_ROOT) {
        owner.is_root = true;
        owner.id = rq->account_text;
    } else if (rq->caller->type == PRINCIPAL_USER) {
        enum rc rc = entity_by_id(rq->txn, rq->caller->unique_id, rq->arena, &owner.user);
        if (rc == RC_NOENT) { /* deleted since the caller was authenticated */
            return api_fail(rq, ERR_NoSuchEntity, "The user with name %.*s cannot be found.",
                            FMT(rq->caller->name));
        }
        TRY(rc);
        owner.id = owner.user.id;
    } else {
        return api_fail(rq, ERR_ValidationError,
                        "Must specify userName when calling with non-User credentials");
    }
    *ret = owner;
    return RC_OK;
}

/* A policy may be used by the account that owns it; AWS's own by every account. Whether another
 * account has a policy of some name is not told. */
static enum rc policy_by_arn(struct rq *rq, str arn, struct entity *ret)
{
    struct arn parts;
    struct entity policy;

    TRY(arn_parse(arn, &parts));
    if (!str_eq(parts.account, rq->account_text) && !str_eq(parts.account, STR("aws"))) {
        return str_starts(parts.resource, STR("policy/")) ? RC_NOENT : RC_SYNTAX;
    }
    TRY(entity_by_arn(rq->txn, arn, rq->arena, &policy));
    if (policy.kind != ENTITY_POLICY) {
        return RC_NOENT;
    }
    *ret = policy;
    return RC_OK;
}

enum rc iam_find_policy(struct rq *rq, str arn, struct entity *ret)
{
    enum rc rc = policy_by_arn(rq, arn, ret);

    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_ValidationError, "Invalid ARN:  Could not be parsed!");
    }
    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_NoSuchEntity, "Policy %.*s does not exist or is not attachable.",
                        FMT(arn));
    }
    return rc;
}

enum rc iam_find_boundary(struct rq *rq, str arn, struct entity *ret)
{
    struct arn parts;
    struct entity other;
    size_t slash;

    if (arn_parse(arn, &parts) == RC_OK && str_eq(parts.service, STR("iam")) &&
        str_starts(parts.resource, STR("policy/"))) {
        enum rc rc = policy_by_arn(rq, arn, ret);
        if (rc == RC_NOENT || rc == RC_SYNTAX) {
            return api_fail(rq, ERR_NoSuchEntity,
                            "Scope ARN: %.*s does not exist or is not attachable.", FMT(arn));
        }
        TRY(rc);
        return iam_refuse_for_services(rq, ret);
    }
    /* AWS knows two refusals: this one for ARNs of a kind IAM does not have. */
    if (arn_parse(arn, &parts) == RC_OK && str_find_char(parts.resource, '/', &slash) &&
        entity_by_arn(rq->txn, arn, rq->arena, &other) == RC_SYNTAX) {
        return api_fail(rq, ERR_InvalidInput, "ARN %.*s is not valid.", FMT(arn));
    }
    return api_fail(rq, ERR_ValidationError,
                    "Value (%.*s) for parameter PermissionsBoundary is invalid.", FMT(arn));
}

enum rc iam_fail_quota(struct rq *rq, enum quota quota)
{
    int64_t limit = 0;

    TRY(quota_get(rq->txn, rq->account, quota, &limit));
    return api_fail(rq, ERR_LimitExceeded, "Cannot exceed quota for %.*s: %lld",
                    FMT(quotas[quota].name), (long long)limit);
}

enum rc iam_refuse_while(struct rq *rq, int64_t n, const char *what)
{
    if (n == 0) {
        return RC_OK;
    }
    return api_fail(rq, ERR_DeleteConflict, "Cannot delete entity, must %s first.", what);
}

enum rc iam_refuse_protected(struct rq *rq, const struct entity *entity)
{
    if (entity->kind == ENTITY_ROLE && str_starts(entity->path, STR("/aws-service-role/"))) {
        return api_fail(rq, ERR_UnmodifiableEntity,
                        "Cannot perform the operation on the protected role '%.*s' - this role is "
                        "only modifiable by AWS",
                        FMT(entity->name));
    }
    return RC_OK;
}

enum rc iam_refuse_for_services(struct rq *rq, const struct entity *policy)
{
    if (policy->account == ACCOUNT_AWS && str_starts(policy->path, STR("/aws-service-role/"))) {
        return api_fail(rq, ERR_PolicyNotAttachable,
                        "Cannot attach a Service Role Policy to a Customer Role.");
    }
    return RC_OK;
}

enum rc iam_check_policy(struct rq *rq, str document, bool managed)
{
    const struct policy_document *parsed = NULL;
    struct policy_refusal refusal = { 0 };

    enum rc rc = managed ? policy_parse_managed(document, rq->arena, &parsed, &refusal)
                         : policy_parse(POLICY_IDENTITY, document, rq->arena, &parsed, &refusal);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return api_fail_policy(rq, &refusal);
    }
    return rc;
}

enum rc iam_insert(struct rq *rq, struct entity *entity)
{
    entity->account = rq->account;
    entity->created_s = rq->now_s;
    enum rc rc = entity_insert(rq->txn, rq->env, entity, rq->arena);
    if (rc == RC_EXISTS) {
        return iam_fail_exists(rq, entity->kind, entity->name);
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, entity_quota(entity->kind));
    }
    return rc;
}

enum rc iam_insert_extras(struct rq *rq, struct entity *entity, const struct iam_Tag_list *tags,
                          str boundary_arn)
{
    struct entity boundary;

    TRY(iam_put_tags(rq, entity->id, tags));
    if (boundary_arn.ptr == NULL) {
        return RC_OK;
    }
    TRY(iam_find_boundary(rq, boundary_arn, &boundary));
    return boundary_set(rq->txn, entity, &boundary, rq->arena);
}
