/* The policies every account finds under arn:aws:iam::aws:policy/: the general ones, in documents
 * of our own that grant what AWS's of the same name grant. Ids and dates are AWS's. */
#include "model/managed_policy.h"

#include "store/queries.h"

static const struct aws_policy {
    str id, name, path;
    int64_t version, created_s;
    str document;
} aws_policies[] = {
    { STR_INIT("ANPAIWMBCKSKIEE64ZLYK"), STR_INIT("AdministratorAccess"), STR_INIT("/"), 1,
      1423251586,
      STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
               "\"Resource\":\"*\"}]}") },
    { STR_INIT("ANPAI7XKCFMBPM3QQRRVQ"), STR_INIT("IAMFullAccess"), STR_INIT("/"), 2, 1423251638,
      STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
               "\"iam:*\",\"organizations:DescribeAccount\",\"organizations:DescribeOrganization\","
               "\"organizations:DescribeOrganizationalUnit\",\"organizations:DescribePolicy\","
               "\"organizations:ListChildren\",\"organizations:ListParents\","
               "\"organizations:ListPolicies\",\"organizations:ListPoliciesForTarget\","
               "\"organizations:ListRoots\",\"organizations:ListTargetsForPolicy\"],"
               "\"Resource\":\"*\"}]}") },
    { STR_INIT("ANPAJKSO7NDY4T57MWDSQ"), STR_INIT("IAMReadOnlyAccess"), STR_INIT("/"), 4,
      1423251639,
      STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
               "\"iam:Get*\",\"iam:List*\",\"iam:GenerateCredentialReport\","
               "\"iam:GenerateServiceLastAccessedDetails\",\"iam:SimulateCustomPolicy\","
               "\"iam:SimulatePrincipalPolicy\"],\"Resource\":\"*\"}]}") },
    { STR_INIT("ANPAJ4L4MM2A7QIEB56MS"), STR_INIT("IAMUserChangePassword"), STR_INIT("/"), 5,
      1479168696,
      STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
               "\"iam:ChangePassword\",\"Resource\":[\"arn:aws:iam::*:user/${aws:username}\","
               "\"arn:aws:iam::*:user/*/${aws:username}\"]},{\"Effect\":\"Allow\",\"Action\":"
               "\"iam:GetAccountPasswordPolicy\",\"Resource\":\"*\"}]}") },
    { STR_INIT("ANPAJYRXTHIB4FOVS3ZXS"), STR_INIT("PowerUserAccess"), STR_INIT("/"), 12, 1423251587,
      STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":["
               "\"iam:*\",\"organizations:*\",\"account:*\"],\"Resource\":\"*\"},{\"Effect\":"
               "\"Allow\",\"Action\":[\"account:GetAccountInformation\","
               "\"account:GetGovCloudAccountInformation\",\"account:GetPrimaryEmail\","
               "\"account:ListRegions\",\"iam:CreateServiceLinkedRole\","
               "\"iam:DeleteServiceLinkedRole\",\"iam:ListRoles\","
               "\"organizations:DescribeEffectivePolicy\","
               "\"organizations:DescribeOrganization\"],\"Resource\":\"*\"}]}") },
};

static enum rc seed_one(struct txn *txn, const struct aws_policy *p, struct arena *arena)
{
    struct entity there;
    str key = name_fold(p->name, arena);
    enum rc rc = entity_by_id(txn, p->id, arena, &there);

    if (rc != RC_NOENT) {
        return rc;
    }
    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_entity_insert(txn, p->id, ACCOUNT_AWS, ENTITY_POLICY, p->name, key, p->path, p->created_s,
                        STR_NONE));
    TRY(q_managed_policy_insert(txn, p->id, STR_NONE, p->version, p->version + 1, p->created_s));
    return q_policy_version_insert(txn, p->id, p->version, p->document, p->created_s);
}

enum rc aws_policies_seed(struct txn *txn, struct arena *arena)
{
    for (size_t i = 0; i < COUNT_OF(aws_policies); i++) {
        TRY(seed_one(txn, &aws_policies[i], arena));
    }
    return RC_OK;
}
