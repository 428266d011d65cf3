/* Every check from both sides. The statements are AWS's grammar at its shortest; each good document
 * differs from its bad one in what the check is about. */
#include "rows.h"

#include "base/macros.h"

const struct lint_row lint_rows[] = {
    { LINT_JSON_SYNTAX_ERROR, POLICY_IDENTITY, NULL, "{\"Version\":",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_DATA_TYPE_MISMATCH, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":[\"x\"]}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_INVALID_POLICY_ELEMENT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"Resources\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_INVALID_VERSION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2013-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_MISSING_STATEMENT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_MISSING_EFFECT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_INVALID_EFFECT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_MISSING_ACTION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\","
      "\"Resource\":\"*\"}}" },
    { LINT_MISSING_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\","
      "\"NotResource\":\"arn:aws:s3:::b\"}}" },
    { LINT_MISSING_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_UNSUPPORTED_ELEMENT_COMBINATION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"NotAction\":\"s3:*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_UNSUPPORTED_PRINCIPAL, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"Principal\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_UNSUPPORTED_SID, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"Sid\":\"a b\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"Sid\":\"aB3\"}}" },
    { LINT_UNIQUE_SIDS_REQUIRED, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":"
      "\"s3:GetObject\",\"Resource\":\"*\"},{\"Sid\":\"a\",\"Effect\":\"Deny\",\"Action\":\"s3:"
      "GetObject\",\"Resource\":\"*\"}]}",
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":"
      "\"s3:GetObject\",\"Resource\":\"*\"},{\"Sid\":\"b\",\"Effect\":\"Deny\",\"Action\":\"s3:"
      "GetObject\",\"Resource\":\"*\"}]}" },
    { LINT_DUPLICATE_KEYS_WITH_DIFFERENT_CASE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":\"a\","
      "\"aws:UserName\":\"b\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":\"a\"},"
      "\"StringLike\":{\"aws:UserName\":\"b\"}}}}" },
    { LINT_INVALID_CONDITION_OPERATOR, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEqual\":{\"aws:username\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"stringequals\":{\"aws:username\":\"a\"}}}"
      "}" },
    { LINT_NULL_WITH_IF_EXISTS, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NullIfExists\":{\"aws:username\":\"true\"}}"
      "}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"Null\":{\"aws:username\":\"true\"}}}}" },
    { LINT_INVALID_PRINCIPAL_FORMAT, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"everybody\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_INVALID_PRINCIPAL_KEY, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"aws\":"
      "\"111122223333\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
      "\"111122223333\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"NotPrincipal\":{\"AWS\":\"111122223333\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":\"111122223333\"}}}" },
    { LINT_ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
      "\"111122223333\"},\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":\"111122223333\"}}}" },
    { LINT_SCP_SYNTAX_ERROR_PRINCIPAL, POLICY_SCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"Principal\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_RCP_SYNTAX_ERROR_PRINCIPAL, POLICY_RCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":"
      "\"111122223333\"},\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"}"
      ",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}" },
    { LINT_RCP_SYNTAX_ERROR_ALLOW, POLICY_RCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}" },
    { LINT_RCP_SYNTAX_ERROR_NOTACTION, POLICY_RCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"NotAction\":\"s3:GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}" },
    { LINT_RCP_SYNTAX_ERROR_ACTION, POLICY_RCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"iam:GetUser\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"kms:*\",\"Resource\":\"*\"}}" },
    { LINT_SCP_SYNTAX_ERROR_ACTION_WILDCARD, POLICY_SCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s*:GetObject\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*Object\","
      "\"Resource\":\"*\"}}" },
    { LINT_ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":\"111122223333\"}}}" },
    { LINT_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
      "\"arn:aws:iam::111122223333:role/"
      "*\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*"
      "\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_FEDERATED_PRINCIPAL_NOT_SUPPORTED, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{"
      "\"Federated\":\"accounts.google.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:"
      "s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
      "\"111122223333\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"nodomain\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"accounts.google.com\"}}}" },
    { LINT_MISMATCHED_ACTION_FOR_PRINCIPAL, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:saml-"
      "provider/x\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithSAML\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:saml-provider/"
      "x\"}}}" },
    { LINT_MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"Service\":\"rolesanywhere.amazonaws.com\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"sts:"
      "AssumeRole\",\"sts:SetSourceIdentity\",\"sts:TagSession\"],\"Principal\":{\"Service\":"
      "\"rolesanywhere.amazonaws.com\"}}}" },
    { LINT_INVALID_SERVICE_PRINCIPAL_FORMAT, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"Service\":\"EC2\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"}}}" },
    { LINT_UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      "\"cloudfront.amazonaws.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      "\"cloudfront.amazonaws.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"111122223333\"}}}}" },
    { LINT_INVALID_ACTION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObjekt\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:getobject\","
      "\"Resource\":\"*\"}}" },
    { LINT_INVALID_SERVICE_IN_ACTION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s33:"
      "GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\"}}" },
    { LINT_INVALID_SERVICE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s33:::b\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b\"}}" },
    { LINT_UNSUPPORTED_ACTION_IN_POLICY, POLICY_RESOURCE, "AWS::S3::Bucket",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"kms:Decrypt\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_UNSUPPORTED_RESOURCE_ARN_IN_POLICY, POLICY_RESOURCE, "AWS::S3::Bucket",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:kms:eu-west-1:111122223333:key/1\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_INVALID_ARN_PREFIX, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"aws:s3:::b\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\"}}" },
    { LINT_MISSING_ARN_FIELD, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:b\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b\"}}" },
    { LINT_INVALID_PARTITION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:amazon:s3:::b\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws-cn:s3:::b\"}}" },
    { LINT_INVALID_ARN_SERVICE_CASE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:S3:::b\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b\"}}" },
    { LINT_INVALID_ARN_REGION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:sqs:mars-1:111122223333:q\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:sqs:eu-west-1:111122223333:q\"}}" },
    { LINT_MISSING_ARN_REGION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:sqs::111122223333:q\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:sqs:*:111122223333:q\"}}" },
    { LINT_ARN_REGION_NOT_ALLOWED, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:iam:eu-west-1:111122223333:role/r\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:iam::111122223333:role/r\"}}" },
    { LINT_INVALID_ARN_ACCOUNT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:sqs:eu-west-1:1111:q\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:q\"}}" },
    { LINT_MISSING_ARN_ACCOUNT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:sqs:eu-west-1::q\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:ssm:eu-west-1::document/AWS-RunShellScript\"}}" },
    { LINT_ARN_ACCOUNT_NOT_ALLOWED, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3::111122223333:bucket\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::bucket\"}}" },
    { LINT_INVALID_ARN_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:dynamodb:eu-west-1:111122223333:tabel/x\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:dynamodb:eu-west-1:111122223333:table/x\"}}" },
    { LINT_INVALID_CONDITION_KEY_FORMAT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"username\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":\"a\"}}}"
      "}" },
    { LINT_INVALID_GLOBAL_CONDITION_KEY, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:Sourcelp\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"AWS:USERNAME\":\"a\"}}}"
      "}" },
    { LINT_UNSUPPORTED_GLOBAL_CONDITION_KEY, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"ArnLike\":{\"aws:ARN\":\"arn:aws:iam::111122223333:user/a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::111122223333:user/"
      "a\"}}}}" },
    { LINT_INVALID_SERVICE_CONDITION_KEY, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:prefixes\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:prefix\":\"a\"}}}}" },
    { LINT_MISSING_TAG_KEY_IN_CONDITION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag\":\"a\"}}"
      "}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/"
      "team\":\"a\"}}}}" },
    { LINT_UNSUPPORTED_ACTION_FOR_CONDITION_KEY, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"s3:"
      "ListBucket\",\"s3:DeleteBucket\"],\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:"
      "prefix\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:prefix\":\"a\"}}}}" },
    { LINT_MISSING_ACTION_FOR_CONDITION_KEY, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:GetRole\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"ec2.amazonaws."
      "com\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"ec2.amazonaws."
      "com\"}}}}" },
    { LINT_MISSING_QUALIFIER, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:TagKeys\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ForAllValues:StringEquals\":{\"aws:"
      "TagKeys\":\"a\"}}}}" },
    { LINT_INVALID_CONDITION_DATA_TYPE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"s3:max-keys\":[1,\"2\"]}"
      "}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"s3:max-keys\":[1,2]}}}"
      "}" },
    { LINT_INVALID_CONDITION_MULTIPLE_BOOLEAN, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":[\"true\","
      "\"false\"]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":[\"true\"]}"
      "}}}" },
    { LINT_INVALID_VARIABLE_FOR_OPERATOR, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"s3:max-keys\":\"${aws:"
      "username}\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:prefix\":\"${aws:"
      "username}\"}}}}" },
    { LINT_MISSING_BRACE_IN_VARIABLE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username}\"}}" },
    { LINT_MISSING_QUOTE_IN_VARIABLE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username, x}\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username, 'x'}\"}}" },
    { LINT_UNSUPPORTED_SPACE_IN_VARIABLE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws: username}\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username}\"}}" },
    { LINT_EMPTY_VARIABLE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/${}\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/${*}\"}}" },
    { LINT_VARIABLE_UNSUPPORTED_IN_ELEMENT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:${aws:"
      "username}\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username}\"}}" },
    { LINT_VARIABLE_UNSUPPORTED_IN_VERSION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2008-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username}\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::${aws:username}\"}}" },
    { LINT_VARIABLE_USAGE_TOO_PERMISSIVE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:userid\":\"${aws:"
      "username}\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:userid\":"
      "\"AIDAEXAMPLE:${aws:username}\"}}}}" },
    { LINT_WILDCARD_USAGE_TOO_PERMISSIVE, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "token.actions.githubusercontent.com\"},\"Condition\":{\"StringLike\":{\"token.actions."
      "githubusercontent.com:sub\":\"repo:*\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "token.actions.githubusercontent.com\"},\"Condition\":{\"StringLike\":{\"token.actions."
      "githubusercontent.com:sub\":\"repo:octo/*\"}}}}" },
    { LINT_PRIVATE_IP_ADDRESS, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/"
      "8\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"203.0.113."
      "0/24\"}}}}" },
    { LINT_PRIVATE_NOT_IP_ADDRESS, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":[\"10.0.0."
      "0/8\",\"192.168.1.0/24\"]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NotIpAddress\":{\"aws:VpcSourceIp\":\"10.0."
      "0.0/8\"}}}}" },
    { LINT_TYPE_MISMATCH_IP_RANGE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"203.0.113."
      "0/40\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"203.0.113."
      "7\"}}}}" },
    { LINT_INVALID_REGION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:RequestedRegion\":"
      "\"eu-west-9\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"aws:RequestedRegion\":\"eu-"
      "*\"}}}}" },
    { LINT_INVALID_VPC_FORMAT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpc\":\"vpc-"
      "123\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpc\":\"vpc-"
      "12345678\"}}}}" },
    { LINT_INVALID_VPCE_FORMAT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpce\":\"vpc-"
      "12345678\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-"
      "11223344556677889\"}}}}" },
    { LINT_INVALID_KMS_KEY_VALUE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:x-amz-server-side-encryption-aws-"
      "kms-key-id\":\"alias/x\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:x-amz-server-side-encryption-aws-"
      "kms-key-id\":\"arn:aws:kms:eu-west-1:111122223333:key/1\"}}}}" },
    { LINT_MALFORMED_POLICY_DOCUMENT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Id\":\"\304\200\",\"Statement\":{\"Effect\":\"Allow\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_ALLOW_WITH_NOT_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotPrincipal\":{\"AWS\":"
      "\"111122223333\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":"
      "\"111122223333\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_FORALLVALUES_WITH_SINGLE_VALUED_KEY, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ForAllValues:StringEquals\":{\"aws:"
      "username\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:ListBucket\","
      "\"Resource\":\"*\",\"Condition\":{\"ForAllValues:StringEquals\":{\"aws:username\":\"a\"}}}"
      "}" },
    { LINT_FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"accounts.google.com\"},"
      "\"Condition\":{\"ForAnyValue:StringEquals\":{\"accounts.google.com:aud\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"accounts.google.com\"},"
      "\"Condition\":{\"StringEquals\":{\"accounts.google.com:aud\":\"a\"}}}}" },
    { LINT_PASS_ROLE_WITH_STAR_IN_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"ec2.amazonaws."
      "com\"}}}}" },
    { LINT_PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\","
      "\"Resource\":\"arn:aws:iam::111122223333:role/app\"}}" },
    { LINT_PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\","
      "\"Resource\":\"*\"}}" },
    { LINT_PASS_ROLE_WITH_NOT_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iam:PassRole\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}" },
    { LINT_PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:Get*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}" },
    { LINT_PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}" },
    { LINT_CREATE_SLR_WITH_STAR_IN_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:"
      "CreateServiceLinkedRole\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:"
      "CreateServiceLinkedRole\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"iam:"
      "AWSServiceName\":\"ec2.amazonaws.com\"}}}}" },
    { LINT_CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\","
      "\"Resource\":\"arn:aws:iam::111122223333:role/app\"}}" },
    { LINT_CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\","
      "\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\","
      "\"Resource\":\"*\"}}" },
    { LINT_CREATE_SLR_WITH_NOT_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:"
      "CreateServiceLinkedRole\",\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iam:"
      "CreateServiceLinkedRole\",\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}" },
    { LINT_CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:Get*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}" },
    { LINT_CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\","
      "\"NotResource\":\"arn:aws:iam::111122223333:role/admin\"}}" },
    { LINT_MISSING_PAIRED_CONDITION_KEYS, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:VpcSourceIp\":\"10.0.0."
      "0/8\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:VpcSourceIp\":\"10.0.0."
      "0/8\"},\"StringEquals\":{\"aws:SourceVpc\":\"vpc-12345678\"}}}}" },
    { LINT_DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iam:ListUsers\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/team\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"ec2:"
      "StopInstances\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/"
      "team\":\"a\"}}}}" },
    { LINT_DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":\"s3:*\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/team\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":\"s3:*\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEqualsIfExists\":{\"aws:ResourceTag/"
      "team\":\"a\"}}}}" },
    { LINT_RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      "\"logs.amazonaws.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      "\"logs.amazonaws.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"111122223333\"}}}}" },
    { LINT_MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/idp.example.com\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "idp.example.com\"},\"Condition\":{\"StringEquals\":{\"idp.example.com:aud\":\"a\"}}}}" },
    { LINT_MISSING_GITHUB_REPO_CONDITION_KEY, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "token.actions.githubusercontent.com\"},\"Condition\":{\"StringEquals\":{\"token.actions."
      "githubusercontent.com:aud\":\"sts.amazonaws.com\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "token.actions.githubusercontent.com\"},\"Condition\":{\"StringEquals\":{\"token.actions."
      "githubusercontent.com:sub\":\"repo:o/r:ref:refs/heads/main\"}}}}" },
    { LINT_STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"aws:SourceArn\":\"arn:aws:"
      "s3:::b*\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:s3::"
      ":b*\"}}}}" },
    { LINT_UNTRUSTWORTHY_CONDITION_KEY, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:UserAgent\":\"a\"}}}"
      "}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":\"a\"}}}"
      "}" },
    { LINT_DYNAMODB_ATTRIBUTES_WITHOUT_SELECT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"dynamodb:"
      "GetItem\",\"Resource\":\"*\",\"Condition\":{\"ForAllValues:StringEquals\":{\"dynamodb:"
      "Attributes\":[\"Id\"]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"dynamodb:"
      "GetItem\",\"Resource\":\"*\",\"Condition\":{\"ForAllValues:StringEquals\":{\"dynamodb:"
      "Attributes\":[\"Id\"]},\"StringEqualsIfExists\":{\"dynamodb:Select\":\"SPECIFIC_"
      "ATTRIBUTES\"}}}}" },
    { LINT_S3_PREFIX_IN_NEGATIVE_CONTEXT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:ListBucket\","
      "\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"s3:prefix\":\"private/*\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:ListBucket\","
      "\"Resource\":\"*\",\"Condition\":{\"StringNotLike\":{\"s3:prefix\":\"public/*\"}}}}" },
    { LINT_MISSING_VERSION, POLICY_IDENTITY, NULL,
      "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_UNIQUE_SIDS_RECOMMENDED, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Principal\":\"*\",\"Effect\":"
      "\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"},{\"Sid\":\"a\",\"Principal\":\"*"
      "\",\"Effect\":\"Deny\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}",
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Principal\":\"*\",\"Effect\":"
      "\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"},{\"Principal\":\"*\",\"Effect\":"
      "\"Deny\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}" },
    { LINT_DEPRECATED_GLOBAL_CONDITION_KEY, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ArnLike\":{\"aws:ARN\":\"arn:aws:iam::"
      "111122223333:user/a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:"
      "iam::111122223333:user/a\"}}}}" },
    { LINT_INVALID_DATE_VALUE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":"
      "\"1767225600\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":"
      "\"2026\"}}}}" },
    { LINT_INVALID_ROLE_REFERENCE, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":\"AROAEXAMPLEEXAMPLE234\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:role/r\"}}}" },
    { LINT_INVALID_USER_REFERENCE, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":\"AIDAEXAMPLEEXAMPLE234\"}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:user/u\"}}}" },
    { LINT_WILDCARD_WITHOUT_LIKE_OPERATOR, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:prefix\":\"a*\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:prefix\":\"a${*}\"}}}"
      "}" },
    { LINT_TYPE_MISMATCH, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"aws:username\":\"1\"}}}"
      "}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"s3:max-keys\":\"1\"}}}"
      "}" },
    { LINT_TYPE_MISMATCH_BOOLEAN, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"yes\"}}}"
      "}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"TRUE\"}}}"
      "}" },
    { LINT_TYPE_MISMATCH_DATE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":"
      "\"soon\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:CurrentTime\":\"2026-"
      "11-27T00:00:00Z\"}}}}" },
    { LINT_TYPE_MISMATCH_NUMBER, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"s3:max-keys\":\"many\"}}"
      "}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"s3:max-keys\":\"10\"}}}"
      "}" },
    { LINT_TYPE_MISMATCH_STRING, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"BinaryEquals\":{\"aws:username\":\"?\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"BinaryEquals\":{\"aws:username\":\"YWJj\"}}"
      "}}" },
    { LINT_SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "token.actions.githubusercontent.com\"},\"Condition\":{\"StringLike\":{\"token.actions."
      "githubusercontent.com:sub\":\"repo:octo-org/*\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "token.actions.githubusercontent.com\"},\"Condition\":{\"StringLike\":{\"token.actions."
      "githubusercontent.com:sub\":\"repo:o/r:ref:refs/heads/main\"}}}}" },
    { LINT_RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY, POLICY_RCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{"
      "\"aws:PrincipalOrgID\":\"o-1\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{"
      "\"aws:PrincipalOrgID\":\"o-1\"},\"BoolIfExists\":{\"aws:PrincipalIsAWSService\":\"false\"}}}"
      "}" },
    { LINT_RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY, POLICY_RCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{"
      "\"aws:SourceOrgID\":\"o-1\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{"
      "\"aws:SourceOrgID\":\"o-1\"},\"Bool\":{\"aws:PrincipalIsAWSService\":\"true\"}}}}" },
    { LINT_RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK, POLICY_RCP, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{"
      "\"aws:SourceOrgID\":\"o-1\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"*\",\"Condition\":{\"StringNotEqualsIfExists\":{"
      "\"aws:SourceOrgID\":\"o-1\"},\"Null\":{\"aws:SourceAccount\":\"false\"}}}}" },
    { LINT_USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:VpceAccount\":\"111122223333\"}}}"
      "}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:VpceAccount\":\"111122223333\"}}}"
      "}" },
    { LINT_EMPTY_ARRAY_ACTION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[],\"Resource\":"
      "\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_EMPTY_ARRAY_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":[]}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_EMPTY_ARRAY_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[]},"
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":["
      "\"111122223333\"]},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_EMPTY_OBJECT_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{},\"Action\":"
      "\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":["
      "\"111122223333\"]},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_EMPTY_OBJECT_CONDITION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"s3:prefix\":\"a\"}}}}" },
    { LINT_EMPTY_OBJECT_CONDITION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::b/*\"}}" },
    { LINT_EMPTY_ARRAY_CONDITION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":[]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEqualsIfExists\":{\"aws:username\":[]"
      "}}}}" },
    { LINT_EMPTY_ARRAY_CONDITION_FORALLVALUES, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ForAllValues:StringEquals\":{\"aws:"
      "TagKeys\":[]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":[]}}}}" },
    { LINT_EMPTY_ARRAY_CONDITION_FORANYVALUE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ForAnyValue:StringEquals\":{\"aws:"
      "TagKeys\":[]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":[]}}}}" },
    { LINT_EMPTY_ARRAY_CONDITION_IFEXISTS, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEqualsIfExists\":{\"aws:username\":[]"
      "}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:username\":[]}}}}" },
    { LINT_EMPTY_SID_VALUE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"Sid\":\"\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\",\"Sid\":\"a\"}}" },
    { LINT_IMPROVE_IP_RANGE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"203.0.113."
      "7/24\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"203.0.113."
      "0/24\"}}}}" },
    { LINT_NULL_WITH_QUALIFIER, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ForAllValues:Null\":{\"aws:TagKeys\":"
      "\"true\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"Null\":{\"aws:TagKeys\":\"true\"}}}}" },
    { LINT_PRIVATE_IP_ADDRESS_SUBSET, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/"
      "8\",\"203.0.113.0/24\"]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/"
      "8\"]}}}}" },
    { LINT_PRIVATE_NOT_IP_ADDRESS_SUBSET, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":[\"10.0.0."
      "0/8\",\"203.0.113.0/24\"]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":[\"203.0."
      "113.0/24\"]}}}}" },
    { LINT_REDUNDANT_ACTION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\","
      "\"s3:GetObject\"],\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\","
      "\"s3:*Object\"],\"Resource\":\"*\"}}" },
    { LINT_REDUNDANT_RESOURCE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":[\"arn:aws:s3:::b/*\",\"arn:aws:s3:::b/c\"]}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":[\"arn:aws:s3:::b/*\",\"arn:aws:s3:::b\"]}}" },
    { LINT_REDUNDANT_STATEMENT, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "GetObject\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\"}]}",
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "GetObject\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"*\"}]}" },
    { LINT_REDUNDANT_CONDITION_VALUE_NUM, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericLessThan\":{\"aws:"
      "MultiFactorAuthAge\":[\"2700\",\"3600\"]}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"aws:"
      "MultiFactorAuthAge\":[\"2700\",\"3600\"]}}}}" },
    { LINT_REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringLikeIfExists\":{\"aws:username\":\"*"
      "\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringLikeIfExists\":{\"aws:username\":\"a*"
      "\"}}}}" },
    { LINT_REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ForAnyValue:StringNotLike\":{\"aws:"
      "TagKeys\":\"*\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"ForAnyValue:StringNotLike\":{\"aws:"
      "TagKeys\":\"a*\"}}}}" },
    { LINT_REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111122223333:role/p/"
      "r\",\"arn:aws:sts::111122223333:assumed-role/r/s\"]}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRole\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111122223333:role/"
      "q\",\"arn:aws:sts::111122223333:assumed-role/r/s\"]}}}" },
    { LINT_EQUIVALENT_TO_NULL_FALSE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"aws:username\":\"*\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"aws:username\":\"a*\"}}}"
      "}" },
    { LINT_EQUIVALENT_TO_NULL_TRUE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringNotLike\":{\"aws:username\":\"*\"}}}"
      "}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:"
      "ListBucket\",\"Resource\":\"*\",\"Condition\":{\"StringNotLike\":{\"aws:username\":\"a*\"}}}"
      "}" },
    { LINT_WILDCARD_IN_SERVICE_NAME, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3*:"
      "GetObject\",\"Resource\":\"*\"}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\","
      "\"Resource\":\"*\"}}" },
    { LINT_ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:"
      "ListUsers\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/"
      "team\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"ec2:"
      "StopInstances\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/"
      "team\":\"a\"}}}}" },
    { LINT_ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE, POLICY_IDENTITY, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/team\":\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\","
      "\"Resource\":\"*\"}}" },
    { LINT_RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL, POLICY_RESOURCE, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      "\"logs.amazonaws.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"StringEquals\":{\"aws:Referer\":\"x\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      "\"logs.amazonaws.com\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:logs:*:111122223333:*\"}}}}" },
    { LINT_IRRELEVANT_CONDITION_KEY_IN_POLICY, POLICY_RESOURCE, "AWS::S3::Bucket",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"StringEquals\":{\"s3:ResourceAccount\":\"111122223333\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
      "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/"
      "*\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalAccount\":\"111122223333\"}}}}" },
    { LINT_CONFIRM_AUDIENCE_CLAIM_TYPE, POLICY_TRUST, NULL,
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "idp.example.com\"},\"Condition\":{\"ForAnyValue:StringEquals\":{\"idp.example.com:aud\":"
      "\"a\"}}}}",
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:"
      "AssumeRoleWithWebIdentity\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-"
      "provider/"
      "idp.example.com\"},\"Condition\":{\"StringEquals\":{\"idp.example.com:aud\":\"a\"}}}}" },
};
const size_t lint_row_count = COUNT_OF(lint_rows);
