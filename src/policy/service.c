/* What services decide by themselves (3.7 of the rules), as tables. */
#include "policy/decide.h"

bool principal_has_identity(const struct principal *p)
{
    switch (p->type) {
    case PRINCIPAL_ROOT:
    case PRINCIPAL_USER:
    case PRINCIPAL_ROLE_SESSION:
    case PRINCIPAL_FEDERATED_USER:
        return true;
    case PRINCIPAL_ANONYMOUS:
    case PRINCIPAL_SERVICE:
    case PRINCIPAL_WEB_IDENTITY:
    case PRINCIPAL_SAML:
        return false;
    }
    return false;
}

bool service_supports_rcp(str service)
{
    static const str supporting[] = {
        STR_INIT("s3:"),
        STR_INIT("sts:"),
        STR_INIT("kms:"),
        STR_INIT("sqs:"),
        STR_INIT("secretsmanager:"),
        STR_INIT("dynamodb:"),
        STR_INIT("ecr:"),
        STR_INIT("logs:"),
        STR_INIT("cognito-idp:"),
        STR_INIT("aoss:"),
        STR_INIT("cognito-identity:"),
    };

    for (size_t i = 0; i < COUNT_OF(supporting); i++) {
        if (str_eq(service, supporting[i])) {
            return true;
        }
    }
    return false;
}

enum trust_kind action_needs_trust(str folded_action)
{
    static const struct {
        str action;
        enum trust_kind kind;
    } rows[] = {
        { STR_INIT("sts:assumerole"), TRUST_ASSUME },
        { STR_INIT("sts:tagsession"), TRUST_ASSUME },
        { STR_INIT("sts:setsourceidentity"), TRUST_ASSUME },
        { STR_INIT("sts:setcontext"), TRUST_ASSUME },
        { STR_INIT("sts:assumerolewithsaml"), TRUST_FEDERATED },
        { STR_INIT("sts:assumerolewithwebidentity"), TRUST_FEDERATED },
    };

    if (!str_starts(folded_action, STR("sts:"))) {
        return TRUST_NONE;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(folded_action, rows[i].action)) {
            return rows[i].kind;
        }
    }
    return TRUST_NONE;
}

static bool resource_is(const struct query *query, str service, str prefix)
{
    return query->resource_is_arn && str_eq(query->segments[2], service) &&
           str_starts(query->segments[5], prefix);
}

bool resource_is_key(const struct query *query)
{
    return resource_is(query, STR("kms"), STR("key/"));
}

bool tags_federated_user(const struct query *query)
{
    return str_eq(query->action, STR("sts:tagsession")) &&
           resource_is(query, STR("sts"), STR("federated-user/"));
}

/* changing the policy itself; attaching it is an action on the user, group or role. */
static bool changes_policy(str action)
{
    static const str actions[] = {
        STR_INIT("iam:createpolicy"),
        STR_INIT("iam:createpolicyversion"),
        STR_INIT("iam:deletepolicy"),
        STR_INIT("iam:deletepolicyversion"),
        STR_INIT("iam:setdefaultpolicyversion"),
        STR_INIT("iam:tagpolicy"),
        STR_INIT("iam:untagpolicy"),
    };

    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (str_eq(action, actions[i])) {
            return true;
        }
    }
    return false;
}

/* all of IAM but what only reads. */
static bool only_reads(str action)
{
    static const str prefixes[] = { STR_INIT("iam:get"), STR_INIT("iam:list"),
                                    STR_INIT("iam:simulate"), STR_INIT("iam:generate") };

    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        if (str_starts(action, prefixes[i])) {
            return true;
        }
    }
    return false;
}

static bool changes_alias(str action)
{
    return str_eq(action, STR("kms:createalias")) || str_eq(action, STR("kms:updatealias")) ||
           str_eq(action, STR("kms:deletealias"));
}

const char *service_forbids(const struct query *query)
{
    const struct principal *p = &query->rq->principal;
    bool customer = p->type != PRINCIPAL_SERVICE && !p->service_linked;

    if (str_eq(query->service, STR("iam:"))) {
        if (resource_is(query, STR("iam"), STR("policy/")) &&
            str_eq(query->segments[4], STR("aws")) && changes_policy(query->action)) {
            return "X-28";
        }
        if (customer && resource_is(query, STR("iam"), STR("role/aws-reserved/")) &&
            !only_reads(query->action)) {
            return "X-29";
        }
    }
    if (str_eq(query->service, STR("kms:")) && changes_alias(query->action) &&
        resource_is(query, STR("kms"), STR("alias/aws/"))) {
        return "X-30";
    }
    return NULL;
}
